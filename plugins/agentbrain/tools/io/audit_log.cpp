#include "audit_log.hpp"

#include <atomic>
#include <chrono>
#include <future>
#include <utility>

#include "audit_file.hpp"
#include "worker_pool.hpp"

namespace agentbrain::tools {
namespace {

constexpr unsigned kMostWaiting = 4096;  // lines

// Lives as long as the process: what an agent tells last must still be written.
struct Writer {
  jackfield::WorkerPool thread{1};
  std::atomic<unsigned> waiting{0};
};

Writer& writer() {
  static auto* const one = new Writer;
  return *one;
}

}  // namespace

void AuditLog::write(std::string line, Written written) const {
  Writer& to = writer();
  if (to.waiting.fetch_add(1) >= kMostWaiting) {
    --to.waiting;
    if (written) written("the disk does not keep up");
    return;
  }
  to.thread.submit([&to, path = path_, line = std::move(line), written = std::move(written)] {
    const std::string error = append_line(path, line);
    --to.waiting;
    if (written) written(error);
  });
}

bool AuditLog::flush(std::uint64_t timeout) {
  const auto done = std::make_shared<std::promise<void>>();
  auto waiting = done->get_future();
  writer().thread.submit([done] { done->set_value(); });
  return waiting.wait_for(std::chrono::nanoseconds(timeout)) == std::future_status::ready;
}

}  // namespace agentbrain::tools
