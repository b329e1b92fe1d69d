#include "server_connection.hpp"

#include <gst/gst.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "config.h"
#include "connection_key.hpp"
#include "io_pool.hpp"

GST_DEBUG_CATEGORY_EXTERN(gst_agent_brain_debug);
#define GST_CAT_DEFAULT gst_agent_brain_debug

namespace agentbrain::tools {

using jackfield::IoContext;

namespace {

constexpr Time kSteady = 60 * kSecond;  // a server that lived so long has done well
// A server that fails so often in a row is left alone.
constexpr jackfield::Backoff::Config kRestarts{
    .first_ns = 500'000'000, .most_ns = 30'000'000'000, .attempts = 8};
constexpr std::size_t kMostRunning = 200;     // calls at once, of all agents
constexpr std::size_t kMostUnasked = 10'000;  // for each agent, see McpSession

// The shared ones that run. Never destroyed: the thread outlives any static object.
using Shared = std::map<std::string, std::shared_ptr<ServerConnection>>;
Shared& shared_connections() {
  static auto* const all = new Shared;
  return *all;
}

}  // namespace

std::shared_ptr<ServerConnection> ServerConnection::of(const ServerSettings& settings) {
  if (!settings.shared) return std::make_shared<ServerConnection>(settings);
  auto& connection = shared_connections()[connection_key(settings)];
  if (!connection) connection = std::make_shared<ServerConnection>(settings);
  return connection;
}

ServerConnection::ServerConnection(const ServerSettings& settings)
    : settings_(settings), calls_(settings.parallel ? kMostRunning : 1), restarts_(kRestarts) {
  for (const std::string& secret : settings_.secrets) masking_.hide(secret);
}

void ServerConnection::attach(std::uint64_t agent, McpServer::Listener listener) {
  if (!timer_) {
    timer_ = std::make_unique<jackfield::IoTimer>(
        [weak = weak_from_this()] {
          if (const auto self = weak.lock()) self->due();
        },
        IoContext::patient());
  }
  idle_until_ = kNever;
  const auto& added = agents_.emplace(agent, std::move(listener)).first->second;
  if (session_ || restart_at_ != kNever) {
    if (session_) session_->set_most_unasked(kMostUnasked * agents_.size());
    if (told_ && added.on_state) added.on_state(state_);
    return arm();
  }
  // It may have been given up; somebody new may find it mended.
  restarts_.reset();
  connect();
}

void ServerConnection::detach(std::uint64_t agent) {
  if (agents_.erase(agent) == 0) return;
  for (const std::uint64_t id : calls_.leave(agent)) {
    if (session_) {
      session_->cancel(id, "the conversation is over");
    } else {
      calls_.finish(id);
    }
  }
  carry_out();
  if (!agents_.empty()) return;
  if (settings_.shared && session_ && settings_.keep > 0) {
    idle_until_ = jackfield::io_now_ns() + settings_.keep;
    return arm();
  }
  end();
}

void ServerConnection::end() {
  const auto self = shared_from_this();
  ended_ = true;
  timer_.reset();
  if (transport_) transport_->close();
  transport_.reset();
  session_.reset();
  std::erase_if(shared_connections(), [&](const auto& one) { return one.second == self; });
}

void ServerConnection::call(CallQueue::Owner owner, const std::string& tool,
                            const std::string& arguments, Time timeout) {
  if (ended_) return;
  if (!session_ || !session_->ready())
    return tell(owner, CallOutcome::kUnavailable, "the tool's server is not there");
  calls_.add(owner, tool, arguments, timeout, jackfield::io_now_ns());
  carry_out();
}

void ServerConnection::cancel(CallQueue::Owner owner, const std::string& why) {
  if (ended_) return;
  bool dropped = false;
  const auto running = calls_.cancel(owner, dropped);
  if (dropped) tell(owner, CallOutcome::kCancelled, why);
  if (running && session_) session_->cancel(*running, why);
  carry_out();
}

void ServerConnection::connect() {
  session_ = std::make_unique<McpSession>(
      McpSession::Config{.client_version = PACKAGE_VERSION,
                         .over_http = settings_.command.empty(),
                         .most_unasked = kMostUnasked * agents_.size()});
  ++generation_;
  // What an earlier transport still tells is not of this session.
  const auto within = [weak = weak_from_this(), generation = generation_](auto job) {
    return [weak, generation, job](const auto&... values) {
      const auto self = weak.lock();
      if (!self || self->ended_ || self->generation_ != generation) return;
      job(*self, values...);
      self->carry_out();
    };
  };
  using Self = ServerConnection;
  Transport::Listener to;
  to.on_message = within([](Self& self, const std::string& message) {
    self.session_->receive(message, jackfield::io_now_ns());
  });
  to.on_too_large =
      within([](Self& self) { self.session_->receive_too_large(jackfield::io_now_ns()); });
  to.on_closed = within([](Self& self, const std::string& why) { self.session_->lost(why); });
  to.on_request_failed = within([](Self& self, std::uint64_t number, const std::string& why) {
    self.session_->request_failed(number, why, jackfield::io_now_ns());
  });
  to.on_forgotten = within([](Self& self) { self.session_->forgotten(jackfield::io_now_ns()); });
  to.on_gap =
      within([](Self& self) { self.session_->tools_may_have_changed(jackfield::io_now_ns()); });
  to.mask = [masking = masking_](const std::string& text) { return masking.text(text); };
  transport_ = settings_.command.empty() ? make_http_transport(settings_, std::move(to))
                                         : make_stdio_transport(settings_, std::move(to));
  started_at_ = jackfield::io_now_ns();
  const auto transport = transport_;  // it may be given up meanwhile
  if (!transport->start()) return;
  session_->start(started_at_);
  carry_out();
}

void ServerConnection::begin_calls() {
  if (!session_->ready()) return;
  const Time now = jackfield::io_now_ns();
  for (const CallQueue::Begun& begun : calls_.take_startable(now))
    session_->call(begun.id, begun.tool, begun.arguments, begun.timeout, now);
}

// Everything that the session wants; it may want more meanwhile.
void ServerConnection::carry_out() {
  if (carrying_out_ || !session_) return;
  carrying_out_ = true;
  std::optional<std::string> failed;
  for (bool more = true; more && !failed;) {
    begin_calls();
    const auto outgoing = session_->take_outgoing();
    transport_->agreed(session_->version(), session_->modern());
    for (const McpOutgoing& message : outgoing) transport_->send(message);
    const auto events = session_->take_events();
    more = !outgoing.empty() || !events.empty();
    for (const McpEvent& event : events) {
      if (event.kind == McpEvent::Kind::kFailed) failed = event.text;
      take(event);
    }
  }
  carrying_out_ = false;
  if (failed) return give_up(*failed);
  arm();
}

void ServerConnection::take(const McpEvent& event) {
  if (event.kind == McpEvent::Kind::kResult) {
    if (const auto owner = calls_.finish(event.call)) tell(*owner, event.outcome, event.text);
    return;
  }
  if (event.kind != McpEvent::Kind::kReady) return;
  GST_INFO("tool server %s: %s speaks %s, %u tools", settings_.name.c_str(),
           session_->server_name().c_str(), session_->version().c_str(),
           static_cast<unsigned>(session_->tools().size()));
  for (const std::string& mistake : session_->mistakes())
    GST_WARNING("tool server %s: not offered: %s", settings_.name.c_str(),
                masking_.text(mistake).c_str());
  tell_state({.ready = true,
              .text = session_->server_name() + " (MCP " + session_->version() + ")",
              .tools = session_->tools(),
              .dropped = session_->dropped_tools()});
}

void ServerConnection::give_up(const std::string& why) {
  const auto self = shared_from_this();
  GST_WARNING("tool server %s: %s", settings_.name.c_str(), masking_.text(why).c_str());
  ++generation_;
  transport_->close();
  transport_.reset();
  session_.reset();
  for (const CallQueue::Owner owner : calls_.take_waiting())
    tell(owner, CallOutcome::kUnavailable, why);
  if (agents_.empty()) return end();  // kept for somebody who did not come
  const Time now = jackfield::io_now_ns();
  if (now >= started_at_ + kSteady) restarts_.reset();
  const auto wait = restarts_.next(g_random_double());
  restart_at_ = wait ? now + *wait : kNever;
  tell_state(
      {.ready = false, .text = why + (wait ? "" : " (it is not started any more)"), .tools = {}});
  arm();
}

void ServerConnection::arm() {
  if (!timer_) return;
  const Time session = session_ ? session_->deadline() : restart_at_;
  const Time at = std::min({session, calls_.deadline(), idle_until_});
  if (at == kNever) {
    timer_->disarm();
  } else {
    timer_->arm(at);
  }
}

void ServerConnection::due() {
  if (ended_) return;
  const Time now = jackfield::io_now_ns();
  if (now >= idle_until_) return end();
  for (const CallQueue::Owner owner : calls_.take_expired(now))
    tell(owner, CallOutcome::kTimeOut, "the tool did not answer in time");
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

void ServerConnection::tell_state(McpServerState state) {
  state_ = std::move(state);
  told_ = true;
  for (const auto& [agent, listener] : agents_)
    if (listener.on_state) listener.on_state(state_);
}

void ServerConnection::tell(CallQueue::Owner owner, CallOutcome outcome, const std::string& text) {
  const auto found = agents_.find(owner.agent);
  if (found != agents_.end() && found->second.on_result)
    found->second.on_result(owner.call, outcome, text);
}

}  // namespace agentbrain::tools
