#include "control/file_sender.hpp"

#include <algorithm>
#include <utility>

#include "control/background.hpp"
#include "plugins/common/gstpp.hpp"

namespace jackfield {

struct FileSender::Transfer : std::enable_shared_from_this<Transfer> {
  FileSender* sender = nullptr;  // null when it is over
  gstpp::GObjectPtr<SoupServerMessage> message;
  FilePtr file;
  std::uint64_t left = 0;  // bytes that were not read
};

namespace {

// As much as there is, up to `size`; null at the end of the file, or when it cannot be read.
gstpp::BytesPtr read_piece(std::FILE* file, std::size_t size) {
  auto* data = static_cast<guint8*>(g_malloc(size));
  const std::size_t got = std::fread(data, 1, size, file);
  if (got == 0) {
    g_free(data);
    return nullptr;
  }
  return gstpp::BytesPtr{g_bytes_new_take(data, got)};
}

}  // namespace

FileSender::~FileSender() {
  while (!transfers_.empty()) over(**transfers_.begin());
}

void FileSender::send(SoupServerMessage* message, FilePtr file, std::uint64_t first,
                      std::uint64_t length) {
  soup_message_headers_set_content_length(soup_server_message_get_response_headers(message),
                                          static_cast<goffset>(length));
  if (g_str_equal(soup_server_message_get_method(message), "HEAD") || length == 0) return;
  // What was sent is let go of.
  soup_message_body_set_accumulate(soup_server_message_get_response_body(message), FALSE);
  auto transfer = std::make_shared<Transfer>();
  transfer->sender = this;
  transfer->message.reset(SOUP_SERVER_MESSAGE(g_object_ref(message)));
  transfer->left = seek_file(file.get(), first) ? length : 0;
  transfer->file = std::move(file);
  g_signal_connect(message, "wrote-chunk", G_CALLBACK(on_taken), transfer.get());
  g_signal_connect(message, "finished", G_CALLBACK(on_over), transfer.get());
  g_signal_connect(message, "disconnected", G_CALLBACK(on_over), transfer.get());
  transfers_.insert(transfer);
  if (transfer->left > 0)
    read_next(transfer);
  else
    over(*transfer), server_.drop(message);
}

void FileSender::read_next(const std::shared_ptr<Transfer>& transfer) {
  const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(transfer->left, kPiece));
  using Piece = std::shared_ptr<GBytes>;
  in_background<Piece>(
      pool_,
      [file = transfer->file.get(), size]() -> Piece {
        auto piece = read_piece(file, size);
        return piece ? Piece{piece.release(), g_bytes_unref} : nullptr;
      },
      // Keeps the file while it is read.
      [transfer](const Piece& piece) {
        if (!transfer->sender) return;
        SoupServerMessage* message = transfer->message.get();
        if (!piece) {
          // Its length was promised; a client must not take the rest for complete.
          HttpServer& server = transfer->sender->server_;
          transfer->sender->over(*transfer);
          return server.drop(message);
        }
        transfer->left -= g_bytes_get_size(piece.get());
        soup_message_body_append_bytes(soup_server_message_get_response_body(message), piece.get());
        soup_server_message_unpause(message);
      });
}

void FileSender::on_taken(SoupServerMessage*, gpointer user) {
  const auto transfer = static_cast<Transfer*>(user)->shared_from_this();
  if (transfer->sender && transfer->left > 0) transfer->sender->read_next(transfer);
}

void FileSender::on_over(SoupServerMessage*, gpointer user) {
  auto* transfer = static_cast<Transfer*>(user);
  if (transfer->sender) transfer->sender->over(*transfer);
}

void FileSender::over(Transfer& transfer) {
  const auto kept = transfer.shared_from_this();
  g_signal_handlers_disconnect_by_data(transfer.message.get(), &transfer);
  transfer.sender = nullptr;
  transfers_.erase(kept);
}

}  // namespace jackfield
