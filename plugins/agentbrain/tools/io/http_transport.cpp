// A server that is reached over HTTP ("streamable HTTP" of the specification): each message is a
// POST of its own, and is answered by JSON or by a stream of events. What a server tells unasked
// comes by a GET that stays open; where there is no handshake, by a request that is answered so.
#include <gst/gst.h>

#include <iterator>
#include <map>
#include <utility>

#include "backoff.hpp"
#include "http_client.hpp"
#include "io_context.hpp"
#include "io_pool.hpp"
#include "mcp_greeting.hpp"
#include "parameter_headers.hpp"
#include "sse_parser.hpp"
#include "transport.hpp"

GST_DEBUG_CATEGORY_EXTERN(gst_agent_brain_debug);
#define GST_CAT_DEFAULT gst_agent_brain_debug

namespace agentbrain::tools {
namespace {

using jackfield::HttpExchange;
using jackfield::IoContext;
using Step = HttpExchange::Step;

constexpr Time kLongest = 620 * kSecond;    // beyond the longest time-out of a tool
constexpr Time kDay = 24 * 3600 * kSecond;  // streams that stay open are opened anew then
constexpr jackfield::Backoff::Config kStreams{.first_ns = kSecond, .most_ns = 60 * kSecond};
// Its GET means something else (the older transport of HTTP and SSE).
constexpr std::string_view kNoStream = "2024-11-05";
constexpr std::size_t kMostExchanges = 300;
constexpr std::size_t kMostSessionId = 1024;  // bytes

// The specification: visible ASCII.
bool is_session_id(std::string_view id) {
  if (id.empty() || id.size() > kMostSessionId) return false;
  for (const char c : id)
    if (c < 0x21 || c > 0x7e) return false;
  return true;
}

class HttpTransport : public Transport, public std::enable_shared_from_this<HttpTransport> {
 public:
  HttpTransport(ServerSettings settings, Listener listener)
      : settings_(std::move(settings)), listener_(std::move(listener)) {}

  bool start() override { return true; }

  void send(const McpOutgoing& message) override {
    if (closed_) return;
    if (message.cancels) cancel(*message.cancels);
    // Without sessions the end of the stream has said it already.
    if (message.cancels && modern_) return;
    if (exchanges_.size() >= kMostExchanges) {
      if (message.number)
        listener_.on_request_failed(*message.number, "too many requests are under way");
      return;
    }
    jackfield::HttpRequest http = request("POST");
    http.headers.push_back({"Accept", "application/json, text/event-stream"});
    if (modern_ || message.method == "server/discover") {
      http.headers.push_back({"MCP-Protocol-Version", kMcpModern});
      http.headers.push_back({"Mcp-Method", message.method});
      if (!message.tool.empty()) http.headers.push_back({"Mcp-Name", header_value(message.tool)});
      for (const auto& [name, value] : message.headers) http.headers.push_back({name, value});
      if (message.method == "subscriptions/listen")
        http.first_byte_timeout = http.idle_timeout = http.total_timeout = kDay;
    }
    http.content_type = "application/json";
    http.body = message.text;
    begin(std::move(http), {.number = message.number, .handshake = message.method == "initialize"});
    if (message.method == "notifications/initialized" && version_ != kNoStream) listen();
  }

  void agreed(const std::string& version, bool modern) override {
    version_ = version;
    modern_ = modern;
  }

  void close() override {
    listener_ = {};
    if (std::exchange(closed_, true)) return;
    stream_timer_.reset();
    for (auto& [id, exchange] : exchanges_) exchange.http->cancel();
    exchanges_.clear();
    if (session_.empty()) return;
    // Nobody waits for the answer.
    jackfield::HttpRequest http = request("DELETE");
    http.total_timeout = 5 * kSecond;
    auto holder = std::make_shared<std::shared_ptr<HttpExchange>>();
    *holder = HttpExchange::start(std::move(http), [holder] {
      IoContext::patient().post([holder] {
        if (*holder && (*holder)->step() != Step::kNothing && (*holder)->step() != Step::kData)
          holder->reset();
        else if (*holder)
          (*holder)->take();
      });
    });
  }

 private:
  struct Exchange {
    std::optional<std::uint64_t> number{};
    bool handshake = false;
    bool stream = false;  // what the server tells unasked
    std::shared_ptr<HttpExchange> http{};
    bool begun = false;
    bool events = false;
    std::string body{};
    jackfield::SseParser parser{kMaxMessage};
  };

  void begin(jackfield::HttpRequest http, Exchange exchange) {
    const std::uint64_t id = next_id_++;
    Exchange& added = exchanges_.emplace(id, std::move(exchange)).first->second;
    std::weak_ptr<HttpTransport> weak = weak_from_this();
    added.http = HttpExchange::start(std::move(http), [weak, id] {
      IoContext::patient().post([weak, id] {
        if (const auto self = weak.lock()) self->pump(id);
      });
    });
  }

  void listen() {
    stream_timer_.reset();
    for (auto it = exchanges_.begin(); it != exchanges_.end();) {
      if (it->second.stream) it->second.http->cancel();
      it = it->second.stream ? exchanges_.erase(it) : std::next(it);
    }
    jackfield::HttpRequest http = request("GET");
    http.headers.push_back({"Accept", "text/event-stream"});
    http.first_byte_timeout = http.idle_timeout = http.total_timeout = kDay;
    begin(std::move(http), {.stream = true});
  }

  void listen_again() {
    if (closed_) return;
    missed_ = true;
    stream_timer_ = std::make_unique<jackfield::IoTimer>(
        [weak = weak_from_this()] {
          if (const auto self = weak.lock()) self->listen();
        },
        IoContext::patient());
    stream_timer_->arm(jackfield::io_now_ns() + streams_.next(0).value_or(60 * kSecond));
  }

  jackfield::HttpRequest request(const char* method) const {
    jackfield::HttpRequest http;
    http.method = method;
    http.url = settings_.url;
    for (const auto& [name, value] : settings_.headers) http.headers.push_back({name, value});
    if (!session_.empty()) http.headers.push_back({"Mcp-Session-Id", session_});
    if (!version_.empty() && !modern_) http.headers.push_back({"MCP-Protocol-Version", version_});
    http.first_byte_timeout = http.idle_timeout = http.total_timeout = kLongest;
    // A tool may have done its work though its answer was lost.
    http.retry.max_retries = 0;
    return http;
  }

  void cancel(std::uint64_t number) {
    for (auto it = exchanges_.begin(); it != exchanges_.end(); ++it) {
      if (it->second.number != number) continue;
      it->second.http->cancel();
      exchanges_.erase(it);
      return;
    }
  }

  void pump(std::uint64_t id) {
    const auto keep_alive = shared_from_this();
    const auto found = exchanges_.find(id);
    if (closed_ || found == exchanges_.end() || !found->second.http) return;
    take_head(found->second);
    if (!still(id)) return;
    Step step = found->second.http->step();
    if (const std::string bytes = found->second.http->take(); !bytes.empty()) {
      if (!take(id, bytes)) return;
    }
    step = still(id) ? exchanges_.find(id)->second.http->step() : Step::kCancelled;
    if (step == Step::kEnd) {
      end(id);
    } else if (step == Step::kFailed) {
      fail(id);
    }
  }

  bool still(std::uint64_t id) const { return !closed_ && exchanges_.contains(id); }

  void take_head(Exchange& exchange) {
    if (exchange.begun) return;
    const auto head = exchange.http->head();
    if (!head) return;
    exchange.begun = true;
    exchange.events = head->header("Content-Type").starts_with("text/event-stream");
    const std::string_view session = head->header("Mcp-Session-Id");
    if (exchange.handshake && is_session_id(session)) session_ = session;
    if (!exchange.stream || !exchange.events) return;
    if (std::exchange(missed_, false)) listener_.on_gap();
  }

  // False when the exchange is gone.
  bool take(std::uint64_t id, const std::string& bytes) {
    Exchange& exchange = exchanges_.find(id)->second;
    if (!exchange.events) {
      exchange.body += bytes;
      if (exchange.body.size() <= kMaxMessage) return true;
      too_large(id);
      return false;
    }
    exchange.parser.feed(bytes);
    while (still(id)) {
      const auto event = exchange.parser.next();
      if (!event) break;
      if (event->data.empty()) continue;
      if (exchanges_.find(id)->second.stream) streams_.reset();
      listener_.on_message(event->data);
    }
    if (!still(id)) return false;
    if (!exchange.parser.failed()) return true;
    too_large(id);
    return false;
  }

  void too_large(std::uint64_t id) {
    const auto found = exchanges_.find(id);
    const auto number = found->second.number;
    const bool stream = found->second.stream;
    found->second.http->cancel();
    exchanges_.erase(found);
    if (stream) return listen_again();
    if (number) listener_.on_request_failed(*number, "the answer was too large");
  }

  void end(std::uint64_t id) {
    const Exchange exchange = std::move(exchanges_.find(id)->second);
    exchanges_.erase(id);
    if (exchange.stream) {
      // Something else than events: it has no such stream.
      if (exchange.events) listen_again();
      return;
    }
    if (!exchange.events && !exchange.body.empty()) listener_.on_message(exchange.body);
    // Of a request that was answered the session knows no number any more.
    if (exchange.number && !closed_)
      listener_.on_request_failed(*exchange.number, "the server gave no answer");
  }

  void fail(std::uint64_t id) {
    const Exchange exchange = std::move(exchanges_.find(id)->second);
    exchanges_.erase(id);
    const auto failure = exchange.http->failure();
    const int status = failure ? failure->status : 0;
    if (exchange.stream) {
      // It need not have one (405, and 404 where no such request is known), and may want us to have
      // one only (409). Whether it has forgotten us the next request tells.
      if (status < 400 || status >= 500 || status == 429) listen_again();
      return;
    }
    if (status == 404 && !session_.empty()) {
      session_.clear();
      version_.clear();
      for (auto& [other, one] : exchanges_) one.http->cancel();
      exchanges_.clear();
      return listener_.on_forgotten();
    }
    // What was refused may be told in the protocol's own words.
    if (failure && failure->body.starts_with("{") && exchange.number &&
        failure->body.find("\"jsonrpc\"") != std::string::npos)
      listener_.on_message(failure->body);
    if (!exchange.number || closed_) return;
    std::string why = failure ? failure->text : "no answer came";
    if (status == 401 || status == 403) why += " (is the key in \"headers\" the right one?)";
    listener_.on_request_failed(*exchange.number, why);
  }

  const ServerSettings settings_;
  Listener listener_;
  std::map<std::uint64_t, Exchange> exchanges_;
  std::uint64_t next_id_ = 1;
  std::string session_;
  std::string version_;
  bool modern_ = false;
  bool closed_ = false;
  jackfield::Backoff streams_{kStreams};
  std::unique_ptr<jackfield::IoTimer> stream_timer_;
  bool missed_ = false;  // the stream was interrupted
};

}  // namespace

std::shared_ptr<Transport> make_http_transport(const ServerSettings& settings,
                                               Transport::Listener listener) {
  return std::make_shared<HttpTransport>(settings, std::move(listener));
}

}  // namespace agentbrain::tools
