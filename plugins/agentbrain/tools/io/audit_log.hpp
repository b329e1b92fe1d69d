// The audit log of all agents of the process: lines are written in a thread of their own, in order,
// so that no call waits for a disk. Any thread.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <utility>

namespace agentbrain::tools {

class AuditLog {
 public:
  // `error` is "" when the line stands in the file. Called in the log's thread; it must not block.
  using Written = std::function<void(const std::string& error)>;

  // Nothing is opened before the first line.
  explicit AuditLog(std::string path) : path_(std::move(path)) {}

  const std::string& path() const { return path_; }
  // At most 4096 lines wait, of all logs; one more is an error at once, told within the call.
  void write(std::string line, Written written) const;
  // Waits until what was written before stands in the file, or failed. Not longer than
  // `timeout` ns: a disk may hang. False when it was longer.
  static bool flush(std::uint64_t timeout);

 private:
  const std::string path_;
};

}  // namespace agentbrain::tools
