#include "mcp_server.hpp"

#include <gst/gst.h>

#include <utility>

#include "backoff.hpp"
#include "config.h"
#include "io_context.hpp"
#include "io_pool.hpp"
#include "transport.hpp"

GST_DEBUG_CATEGORY_EXTERN(gst_agent_brain_debug);
#define GST_CAT_DEFAULT gst_agent_brain_debug

namespace agentbrain::tools {

using jackfield::IoContext;

namespace {

constexpr Time kSteady = 60 * kSecond;  // a server that lived so long has done well
// A server that fails so often in a row is left alone.
constexpr jackfield::Backoff::Config kRestarts{
    .first_ns = 500'000'000, .most_ns = 30'000'000'000, .attempts = 8};

}  // namespace

class McpServer::Worker : public std::enable_shared_from_this<Worker> {
 public:
  Worker(ServerSettings settings, Listener listener)
      : settings_(std::move(settings)), listener_(std::move(listener)), restarts_(kRestarts) {}

  void start() {
    if (stopped_) return;
    timer_ = std::make_unique<jackfield::IoTimer>(
        [weak = weak_from_this()] {
          if (const auto self = weak.lock()) self->due();
        },
        IoContext::patient());
    connect();
  }

  void stop() {
    stopped_ = true;
    timer_.reset();
    if (transport_) transport_->close();
    transport_.reset();
  }

  void call(std::uint64_t call, const std::string& tool, const std::string& arguments,
            std::uint64_t timeout) {
    if (stopped_) return;
    if (!session_) return tell(call, CallOutcome::kUnavailable, "the tool's server is not there");
    session_->call(call, tool, arguments, timeout, jackfield::io_now_ns());
    carry_out();
  }

  void cancel(std::uint64_t call, const std::string& why) {
    if (stopped_ || !session_) return;
    session_->cancel(call, why);
    carry_out();
  }

 private:
  void connect() {
    session_ = std::make_unique<McpSession>(McpSession::Config{.client_version = PACKAGE_VERSION});
    ++generation_;
    // What an earlier transport still tells is not of this session.
    const auto within = [weak = weak_from_this(), generation = generation_](auto job) {
      return [weak, generation, job](const auto&... values) {
        const auto self = weak.lock();
        if (!self || self->stopped_ || self->generation_ != generation) return;
        job(*self, values...);
        self->carry_out();
      };
    };
    Transport::Listener to;
    to.on_message = within([](Worker& self, const std::string& message) {
      self.session_->receive(message, jackfield::io_now_ns());
    });
    to.on_too_large =
        within([](Worker& self) { self.session_->receive_too_large(jackfield::io_now_ns()); });
    to.on_closed = within([](Worker& self, const std::string& why) { self.session_->lost(why); });
    to.on_request_failed = within([](Worker& self, std::uint64_t number, const std::string& why) {
      self.session_->request_failed(number, why, jackfield::io_now_ns());
    });
    to.on_forgotten =
        within([](Worker& self) { self.session_->forgotten(jackfield::io_now_ns()); });
    to.mask = listener_.mask;
    transport_ = settings_.command.empty() ? make_http_transport(settings_, std::move(to))
                                           : make_stdio_transport(settings_, std::move(to));
    started_at_ = jackfield::io_now_ns();
    const auto transport = transport_;  // it may be given up meanwhile
    if (!transport->start()) return;
    session_->start(started_at_);
    carry_out();
  }

  // Everything that the session wants; it may want more meanwhile.
  void carry_out() {
    if (carrying_out_ || !session_) return;
    carrying_out_ = true;
    bool failed = false;
    std::string why;
    for (bool more = true; more && !failed;) {
      more = false;
      const auto outgoing = session_->take_outgoing();
      transport_->agreed(session_->version(), session_->modern());
      for (const McpOutgoing& message : outgoing) {
        more = true;
        transport_->send(message);
      }
      for (const McpEvent& event : session_->take_events()) {
        more = true;
        switch (event.kind) {
          case McpEvent::Kind::kReady:
            GST_INFO("tool server %s: %s speaks %s, %u tools", settings_.name.c_str(),
                     session_->server_name().c_str(), session_->version().c_str(),
                     static_cast<unsigned>(session_->tools().size()));
            tell_state({.ready = true,
                        .text = session_->server_name() + " (MCP " + session_->version() + ")",
                        .tools = session_->tools(),
                        .dropped = session_->dropped_tools()});
            break;
          case McpEvent::Kind::kResult:
            tell(event.call, event.outcome, event.text);
            break;
          case McpEvent::Kind::kFailed:
            failed = true;
            why = event.text;
            break;
        }
      }
    }
    carrying_out_ = false;
    if (failed) return give_up(why);
    arm();
  }

  void give_up(const std::string& why) {
    GST_WARNING("tool server %s: %s", settings_.name.c_str(), why.c_str());
    ++generation_;
    transport_->close();
    transport_.reset();
    session_.reset();
    const Time now = jackfield::io_now_ns();
    if (now >= started_at_ + kSteady) restarts_.reset();
    const auto wait = restarts_.next(g_random_double());
    tell_state(
        {.ready = false, .text = why + (wait ? "" : " (it is not started any more)"), .tools = {}});
    if (stopped_) return;
    restart_at_ = wait ? now + *wait : kNever;
    arm();
  }

  void arm() {
    if (!timer_) return;
    const Time at = session_ ? session_->deadline() : restart_at_;
    if (at == kNever) {
      timer_->disarm();
    } else {
      timer_->arm(at);
    }
  }

  void due() {
    if (stopped_) return;
    const Time now = jackfield::io_now_ns();
    if (session_) {
      session_->timer(now);
      carry_out();
    } else if (now >= restart_at_) {
      restart_at_ = kNever;
      connect();
    } else {
      arm();
    }
  }

  void tell_state(const McpServerState& state) {
    if (listener_.on_state) listener_.on_state(state);
  }

  void tell(std::uint64_t call, CallOutcome outcome, const std::string& text) {
    if (listener_.on_result) listener_.on_result(call, outcome, text);
  }

  const ServerSettings settings_;
  const Listener listener_;
  jackfield::Backoff restarts_;
  std::shared_ptr<Transport> transport_;
  std::unique_ptr<McpSession> session_;
  std::unique_ptr<jackfield::IoTimer> timer_;
  unsigned generation_ = 0;
  bool carrying_out_ = false;
  bool stopped_ = false;
  Time started_at_ = 0;
  Time restart_at_ = kNever;
};

McpServer::McpServer(ServerSettings settings, Listener listener)
    : worker_(std::make_shared<Worker>(std::move(settings), std::move(listener))) {}

McpServer::~McpServer() {
  IoContext::patient().post([worker = worker_] { worker->stop(); });
}

void McpServer::start() {
  IoContext::patient().post([worker = worker_] { worker->start(); });
}

void McpServer::call(std::uint64_t call, const std::string& tool, const std::string& arguments,
                     std::uint64_t timeout_ns) {
  IoContext::patient().post([worker = worker_, call, tool, arguments, timeout_ns] {
    worker->call(call, tool, arguments, timeout_ns);
  });
}

void McpServer::cancel(std::uint64_t call, const std::string& why) {
  IoContext::patient().post([worker = worker_, call, why] { worker->cancel(call, why); });
}

}  // namespace agentbrain::tools
