// The portable half of the I/O pool: GLib's pollable streams, a GMainContext per thread.
//
// A Watch belongs to its thread. Only wake(), which touches nothing but the control source's ready
// time, comes from others.
#include <utility>

#include "io_pool_impl.hpp"

namespace jackfield::io {
namespace {

struct SourceUnref {
  void operator()(GSource* source) const noexcept {
    g_source_destroy(source);
    g_source_unref(source);
  }
};
using SourcePtr = std::unique_ptr<GSource, SourceUnref>;

struct Loop {
  Loop() : context(g_main_context_new()) {
    GThread* thread = g_thread_new(
        "jackfield-io",
        [](gpointer data) -> gpointer {
          is_io_thread = true;
          auto* own = static_cast<GMainContext*>(data);
          g_main_context_push_thread_default(own);
          for (;;) g_main_context_iteration(own, TRUE);
          return nullptr;
        },
        context);
    g_thread_unref(thread);
  }

  GMainContext* context;
  std::atomic<size_t> load{0};
};

class Watch final : public IoHandle, private IoChannel, public std::enable_shared_from_this<Watch> {
 public:
  Watch(Loop* loop, GIOStream* stream, std::shared_ptr<IoClient> client)
      : loop_(loop),
        stream_(static_cast<GIOStream*>(g_object_ref(stream))),
        client_(std::move(client)) {
    static GSourceFuncs functions = {
        nullptr,
        nullptr,
        [](GSource*, GSourceFunc function, gpointer data) -> gboolean { return function(data); },
        nullptr,
        nullptr,
        nullptr};
    control_.reset(g_source_new(&functions, sizeof(GSource)));
  }

  // The sources hold a share of the watch; it is dropped with them in finish().
  void start() {
    g_source_set_callback(control_.get(), &Watch::on_control, share(), &Watch::drop_share);
    g_source_set_ready_time(control_.get(), 0);
    g_source_attach(control_.get(), loop_->context);
  }

  void wake() override {
    woken_ = true;
    g_source_set_ready_time(control_.get(), 0);
  }

  std::ptrdiff_t read(std::span<uint8_t> to) override { return read_pollable(stream_.get(), to); }
  std::ptrdiff_t write(std::span<const uint8_t> from) override {
    return write_pollable(stream_.get(), from);
  }

 private:
  gpointer share() { return new std::shared_ptr<Watch>(shared_from_this()); }
  static void drop_share(gpointer data) { delete static_cast<std::shared_ptr<Watch>*>(data); }

  static gboolean on_control(gpointer data) {
    auto self = *static_cast<std::shared_ptr<Watch>*>(data);
    self->woken_ = false;
    g_source_set_ready_time(self->control_.get(), -1);
    if (!self->input_ && self->client_) {
      self->input_.reset(g_pollable_input_stream_create_source(
          G_POLLABLE_INPUT_STREAM(g_io_stream_get_input_stream(self->stream_.get())), nullptr));
      self->attach(self->input_.get(), G_SOURCE_FUNC(&Watch::on_input));
    }
    return self->run({});
  }
  static gboolean on_input(GObject*, gpointer data) {
    auto self = *static_cast<std::shared_ptr<Watch>*>(data);
    return self->run({.readable = true});
  }
  static gboolean on_output(GObject*, gpointer data) {
    auto self = *static_cast<std::shared_ptr<Watch>*>(data);
    return self->run({.writable = true});
  }

  void attach(GSource* source, GSourceFunc function) {
    g_source_set_callback(source, function, share(), &Watch::drop_share);
    g_source_attach(source, loop_->context);
  }

  gboolean run(IoReady ready) {
    if (!client_) return G_SOURCE_REMOVE;
    const IoWish wish = client_->run(*this, ready, io_now_ns());
    if (wish.finished) {
      finish();
      return G_SOURCE_REMOVE;
    }
    if (wish.write && !output_) {
      output_.reset(g_pollable_output_stream_create_source(
          G_POLLABLE_OUTPUT_STREAM(g_io_stream_get_output_stream(stream_.get())), nullptr));
      attach(output_.get(), G_SOURCE_FUNC(&Watch::on_output));
    } else if (!wish.write) {
      output_.reset();
    }
    // Rounded up: a wake-up before the time would be for nothing.
    const gint64 ready_us =
        wish.deadline_ns == kNoDeadline ? -1 : static_cast<gint64>((wish.deadline_ns + 999) / 1000);
    g_source_set_ready_time(control_.get(), ready_us);
    // A wake() that came during the run must not be lost by that.
    if (woken_) g_source_set_ready_time(control_.get(), 0);
    return G_SOURCE_CONTINUE;
  }

  void finish() {
    client_.reset();
    --loop_->load;
    g_source_destroy(control_.get());
    input_.reset();
    output_.reset();
    // Closing may take a while (TLS says goodbye); nobody waits for it.
    g_io_stream_close_async(stream_.get(), G_PRIORITY_DEFAULT, nullptr, nullptr, nullptr);
  }

  Loop* loop_;
  gstpp::GObjectPtr<GIOStream> stream_;
  std::shared_ptr<IoClient> client_;
  std::atomic<bool> woken_{false};
  SourcePtr control_;
  SourcePtr input_;
  SourcePtr output_;
};

std::ptrdiff_t result(gssize size, GError* raw_error) {
  gstpp::ErrorPtr error{raw_error};
  if (size >= 0) return size;
  return g_error_matches(error.get(), G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK) ? IoChannel::kNothingNow
                                                                          : IoChannel::kBroken;
}

}  // namespace

std::ptrdiff_t read_pollable(GIOStream* stream, std::span<uint8_t> to) {
  GError* error = nullptr;
  const gssize size = g_pollable_input_stream_read_nonblocking(
      G_POLLABLE_INPUT_STREAM(g_io_stream_get_input_stream(stream)), to.data(), to.size(), nullptr,
      &error);
  return result(size, error);
}

std::ptrdiff_t write_pollable(GIOStream* stream, std::span<const uint8_t> from) {
  if (from.empty()) return 0;
  GError* error = nullptr;
  const gssize size = g_pollable_output_stream_write_nonblocking(
      G_POLLABLE_OUTPUT_STREAM(g_io_stream_get_output_stream(stream)), from.data(), from.size(),
      nullptr, &error);
  return result(size, error);
}

std::shared_ptr<IoHandle> attach_pollable(GIOStream* stream, std::shared_ptr<IoClient> client,
                                          GError** error) {
  GInputStream* input = g_io_stream_get_input_stream(stream);
  GOutputStream* output = g_io_stream_get_output_stream(stream);
  if (!G_IS_POLLABLE_INPUT_STREAM(input) || !G_IS_POLLABLE_OUTPUT_STREAM(output) ||
      !g_pollable_input_stream_can_poll(G_POLLABLE_INPUT_STREAM(input)) ||
      !g_pollable_output_stream_can_poll(G_POLLABLE_OUTPUT_STREAM(output))) {
    g_set_error_literal(error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED,
                        "the connection's streams cannot be polled");
    return nullptr;
  }
  static auto* loops = new Loops<Loop>;
  auto watch = std::make_shared<Watch>(loops->pick(), stream, std::move(client));
  watch->start();
  return watch;
}

}  // namespace jackfield::io
