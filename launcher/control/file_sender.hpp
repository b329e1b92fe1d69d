// Sends files as the bodies of answers, in pieces that a thread reads: whatever their length, one
// piece of each is in memory, and the next is read when the client has taken it. Main thread.
#pragma once

#include <libsoup/soup.h>

#include <cstdint>
#include <memory>
#include <set>

#include "platform/folder_files.hpp"
#include "serve/http_server.hpp"
#include "worker_pool.hpp"

namespace jackfield {

class FileSender {
 public:
  static constexpr std::size_t kMost = 32;  // at a time
  static constexpr std::size_t kPiece = 128 * 1024;

  // The server closes connections whose clients take nothing for too long, and those that this
  // cannot go on with because a file has become shorter.
  explicit FileSender(HttpServer& server) : server_(server) {}
  ~FileSender();
  FileSender(const FileSender&) = delete;
  FileSender& operator=(const FileSender&) = delete;

  bool has_room() const { return transfers_.size() < kMost; }
  // Sends `length` bytes from `first` on. The message has its status and header fields, and is
  // paused or still with its handler.
  void send(SoupServerMessage* message, FilePtr file, std::uint64_t first, std::uint64_t length);

 private:
  struct Transfer;

  static void on_taken(SoupServerMessage*, gpointer transfer);
  static void on_over(SoupServerMessage*, gpointer transfer);
  void read_next(const std::shared_ptr<Transfer>& transfer);
  void over(Transfer& transfer);

  HttpServer& server_;
  std::set<std::shared_ptr<Transfer>> transfers_;
  WorkerPool pool_{4};  // last: its threads end first
};

}  // namespace jackfield
