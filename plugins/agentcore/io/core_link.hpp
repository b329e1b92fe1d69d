// The dealings of one call with its agent core: drives a CoreSession by a stream and a timer, and
// lets the thread that speaks wait for what comes. Any thread. Its lock is never held while
// anything is posted or pushed.
#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "core_channel.hpp"
#include "core_session.hpp"
#include "core_stream.hpp"
#include "io_context.hpp"

namespace agentcore {

class CoreLink final : public CoreStream::Listener, public std::enable_shared_from_this<CoreLink> {
 public:
  // `noticed`: there are notices; it must neither block nor call back.
  CoreLink(const ChannelSettings& channel, const CoreSession::Config& config,
           std::function<void()> noticed);

  // `tools` are offered from the beginning.
  void begin(v1::Open open, std::vector<v1::Tool> tools);
  // The core is told that the call is over, within CoreSession::kCloseTimeout; nobody waits for it.
  void end();

  // Something is done with the session at the time of now.
  template <typename F>
  auto with(F&& something) {
    const std::lock_guard lock(mutex_);
    const After after(*this);
    return something(session_, now());
  }
  // Sleeps until there is an event of the running turn; none: wake() was called, and go_on() was
  // not.
  std::optional<ReplyEvent> wait_event();
  void wake();
  void go_on();

 private:
  // What the session wants is done before the lock is given up.
  class After {
   public:
    explicit After(CoreLink& link) : link_(link) {}
    ~After() { link_.pump(); }

   private:
    CoreLink& link_;
  };
  static Time now();
  void received(CoreStream* stream, const std::string& bytes) override;
  void written(CoreStream* stream) override;
  void closed(CoreStream* stream, const StreamEnd& end) override;
  void pump();

  const ChannelSettings channel_settings_;
  const std::function<void()> noticed_;
  std::mutex mutex_;
  std::condition_variable wake_;
  CoreSession session_;
  std::shared_ptr<grpc::Channel> channel_;
  std::shared_ptr<CoreStream> stream_;
  bool writing_ = false;
  bool writes_done_ = false;
  bool awake_ = false;
  std::unique_ptr<jackfield::IoTimer> timer_;
};

}  // namespace agentcore
