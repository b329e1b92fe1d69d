// What can be done to sessions that run. An interface whose answers come by callback, so that
// another process may carry it out. Main thread.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "control/api_answer.hpp"
#include "scenario/session_manager.hpp"

namespace jackfield {

// How it went: with a code it failed.
struct HostResult {
  guint status = 200;          // of the HTTP answer
  const char* code = nullptr;  // "no-such-session"
  std::string message{};       // for people

  bool ok() const { return code == nullptr; }
};
HostResult no_such_session();
// A failure as an error, and a success as {} or `body`.
void answer_with(ApiAnswer& answer, const HostResult& result, const JsonObjectPtr& body = {});
// 503: too much waits already.
void answer_busy(ApiAnswer& answer);

class SessionHost {
 public:
  using Done = std::function<void(const HostResult&)>;

  virtual ~SessionHost() = default;
  // Ends it in order, within a few seconds. `reason` is what its records say. Once more is no
  // error.
  virtual void hang_up(const std::string& id, const std::string& reason, Done done) = 0;
};

// Sessions of this process.
class LocalSessionHost final : public SessionHost {
 public:
  void add(SessionManager& sessions) { managers_.push_back(&sessions); }

  // nullptr when no session of this id runs.
  std::shared_ptr<Session> find(std::string_view id) const;

  void hang_up(const std::string& id, const std::string& reason, Done done) override;

 private:
  std::vector<SessionManager*> managers_;
};

}  // namespace jackfield
