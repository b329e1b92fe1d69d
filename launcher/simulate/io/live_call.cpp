#include "live_call.hpp"

#include <utility>

#include "twilio/signature.hpp"

namespace jackfield::simulate {
namespace {

constexpr std::int64_t kSecond = 1'000'000'000;
constexpr std::int64_t kFrame = 20'000'000;
// Twilio gives up on a webhook after 15 s; the other bounds are ours.
constexpr std::int64_t kWebhookTimeout = 15 * kSecond;
constexpr std::int64_t kConnectTimeout = 10 * kSecond;
constexpr std::int64_t kCloseTimeout = 2 * kSecond;
constexpr std::int64_t kCallbackTimeout = 5 * kSecond;

std::int64_t monotonic() { return g_get_monotonic_time() * 1000; }

struct Url {
  std::string scheme, host, path;
  int port = -1;
  bool has_query = false;
};

std::optional<Url> parse_url(const std::string& text) {
  GUri* uri = g_uri_parse(text.c_str(), G_URI_FLAGS_ENCODED, nullptr);
  if (!uri) return std::nullopt;
  Url out;
  out.scheme = g_uri_get_scheme(uri);
  if (g_uri_get_host(uri)) out.host = g_uri_get_host(uri);
  out.path = g_uri_get_path(uri);
  out.port = g_uri_get_port(uri);
  out.has_query = g_uri_get_query(uri) != nullptr;
  g_uri_unref(uri);
  if (out.path.empty()) out.path = "/";
  return out;
}

bool is_loopback(const std::string& host) {
  if (host == "localhost") return true;
  const gstpp::GObjectPtr<GInetAddress> address{g_inet_address_new_from_string(host.c_str())};
  return address && g_inet_address_get_is_loopback(address.get());
}

// A media stream, called without asking a webhook for it.
bool is_stream_url(const std::string& url) {
  return url.starts_with("ws://") || url.starts_with("wss://");
}

std::string bracketed(const std::string& host) {
  return host.find(':') == std::string::npos ? host : "[" + host + "]";
}

// "scheme://host:port" of a URL.
std::string origin_of(const std::string& url) {
  const auto begin = url.find("://");
  if (begin == std::string::npos) return {};
  return url.substr(0, url.find_first_of("/?#", begin + 3));
}

}  // namespace

LiveCall::LiveCall(const LineConfig& line, CallConfig config, SoupSession* session,
                   Observer& observer, std::optional<std::int64_t> phase)
    : line_(line),
      config_(std::move(config)),
      session_(session),
      observer_(observer),
      phase_(phase),
      cancellable_(g_cancellable_new()) {}

LiveCall::~LiveCall() { g_cancellable_cancel(cancellable_.get()); }

std::string LiveCall::record_to(const std::string& path) {
  recording_path_ = path;
  return recording_.open(path, static_cast<int>(kRate), 2);
}

FormParameters LiveCall::call_parameters(const char* status) const {
  return {{"AccountSid", config_.identity.account_sid},
          {"ApiVersion", "2010-04-01"},
          {"CallSid", config_.identity.call_sid},
          {"CallStatus", status},
          {"Called", line_.to},
          {"Caller", line_.from},
          {"Direction", "inbound"},
          {"From", line_.from},
          {"To", line_.to}};
}

// A URL of the server as Twilio would write it.
std::string LiveCall::public_form_of(const std::string& url) const {
  if (line_.public_url.empty()) return url;
  const std::string local = origin_of(line_.url);
  return url.starts_with(local) ? origin_of(line_.public_url) + url.substr(local.size()) : url;
}

void LiveCall::begin(std::int64_t now) {
  if (is_stream_url(line_.url)) {
    std::string known = public_form_of(line_.url);
    if (known.starts_with("http")) known.replace(0, 4, "ws");
    stream_.url = known;
    return connect_stream(stream_);
  }
  state_ = State::kWebhook;
  deadline_ = now + kWebhookTimeout;
  on_event({0, "call", "posts to " + line_.url});
  WebhookRequest request{line_.url, public_form_of(line_.url), call_parameters("ringing"),
                         line_.auth_token};
  send_webhook(session_, request, cancellable_.get(),
               [this](const WebhookReply& reply) { on_webhook(reply); });
}

void LiveCall::on_webhook(const WebhookReply& reply) {
  reached_ = reply.reached;
  if (state_ != State::kWebhook) return;
  if (!reply.reached) return fail("the voice webhook cannot be reached: " + reply.error);
  if (!reply.error.empty()) return fail("11200: the voice webhook failed: " + reply.error);
  TwimlResult twiml = parse_twiml(reply.body);
  if (!twiml.error.empty()) return fail("12100: the TwiML cannot be followed: " + twiml.error);
  stream_ = std::move(twiml.stream);
  config_.identity.parameters = stream_.parameters;
  connect_stream(stream_);
}

void LiveCall::connect_stream(const StreamVerb& verb) {
  // Relative URLs stand for wss on the webhook's host; plain ws is for a server on this machine.
  std::string url = verb.url;
  const auto webhook = parse_url(line_.url);
  if (url.starts_with("/")) {
    const std::string origin = origin_of(public_form_of(line_.url));
    const bool tls = origin.starts_with("https:") || !is_loopback(webhook ? webhook->host : "");
    url = (tls ? "wss" : "ws") + origin.substr(origin.find("://")) + url;
  }
  const auto parsed = parse_url(url);
  if (!parsed || parsed->host.empty()) return fail("31923: \"" + url + "\" is not a URL");
  if (parsed->has_query)
    return fail("31920: the stream's URL has a query, which Twilio does not support: " + url);
  const bool tls = parsed->scheme == "wss";
  if (!tls && !(parsed->scheme == "ws" && is_loopback(parsed->host)))
    return fail("31922: the stream's URL must be wss (or ws on this machine): " + url);

  WebSocketClient::Target target;
  target.authorities = line_.authorities;
  target.host = parsed->host;
  target.tls = tls;
  target.port = static_cast<std::uint16_t>(parsed->port > 0 ? parsed->port : tls ? 443 : 80);
  target.path = parsed->path;
  target.host_header = bracketed(parsed->host);
  if (parsed->port > 0) target.host_header += ":" + std::to_string(parsed->port);
  // The public host leads to the same server as the webhook's URL.
  const auto known_as = parse_url(line_.public_url);
  if (known_as && webhook && parsed->host == known_as->host) {
    target.host = webhook->host;
    target.tls = webhook->scheme == "https" || webhook->scheme == "wss";
    target.port = static_cast<std::uint16_t>(webhook->port > 0 ? webhook->port
                                             : target.tls      ? 443
                                                               : 80);
  }
  if (!line_.auth_token.empty())
    target.signature = twilio::twilio_signature(line_.auth_token, url, {});
  state_ = State::kConnecting;
  deadline_ = monotonic() + kConnectTimeout;
  on_event({0, "call", "connects to " + url});
  socket_ = std::make_unique<WebSocketClient>(static_cast<WebSocketClient::Listener&>(*this));
  socket_->connect(target);
}

void LiveCall::on_open() {
  reached_ = true;
  state_ = State::kOpen;
  deadline_ = monotonic();
  if (phase_) deadline_ += (*phase_ - deadline_ % kFrame + kFrame) % kFrame;
  call_ = std::make_unique<SimulatedCall>(config_, static_cast<SimulatedCall::Listener&>(*this));
  call_->connect();
}

void LiveCall::on_connect_failed(int code, const std::string& reason) {
  const std::string text = std::to_string(code) + ": " + reason;
  status_callback("stream-error", text);
  fail("the media stream cannot be opened: " + text);
}

Samples LiveCall::line_now() const {
  return zero_ == 0 ? 0 : ns_to_samples(std::max<std::int64_t>(0, monotonic() - zero_));
}

void LiveCall::tick(std::int64_t now) {
  switch (state_) {
    case State::kWebhook:
      if (now >= deadline_) fail("11200: the voice webhook did not answer within 15 s");
      break;
    case State::kConnecting:
      if (now >= deadline_) on_connect_failed(31901, "no answer to the handshake within 10 s");
      break;
    case State::kOpen:
      if (now < deadline_) break;
      state_ = State::kStreaming;
      zero_ = deadline_;
      call_->start();
      status_callback("stream-started");
      [[fallthrough]];
    case State::kStreaming:
      tick_stream();
      break;
    case State::kClosing:
      if (now >= deadline_) {
        finish();
      } else {
        socket_->flush();
      }
      break;
    case State::kReporting:
      if (callbacks_ == 0 || now >= deadline_) state_ = State::kDone;
      break;
    case State::kIdle:
    case State::kDone:
      break;
  }
}

void LiveCall::tick_stream() {
  call_->advance(line_now(), socket_->congested());
  if (call_->ending() == Caller::Ending::kNone)
    socket_->flush();
  else
    close_line();
}

void LiveCall::close_line() {
  if (call_->ending() == Caller::Ending::kAbrupt) return finish();
  call_->send_stop(line_now());
  socket_->close();
  state_ = State::kClosing;
  deadline_ = monotonic() + kCloseTimeout;
}

void LiveCall::on_text(std::string_view text) {
  if (call_) call_->receive_text(line_now(), text);
}
void LiveCall::on_binary(std::size_t size) {
  if (call_) call_->receive_binary(line_now(), size);
}
void LiveCall::on_broken(const std::string& reason) {
  if (call_) call_->receive_broken(line_now(), reason);
}

void LiveCall::on_closed(const std::string& how) {
  if (state_ == State::kOpen || state_ == State::kStreaming) call_->server_closed(line_now(), how);
  finish();
}

void LiveCall::on_message(std::string_view text) { socket_->send_text(text); }
void LiveCall::on_event(const CallEvent& event) { observer_.on_call_event(config_.number, event); }
void LiveCall::on_recorded(std::span<const std::int16_t> stereo) { recording_.write(stereo); }

void LiveCall::hang_up(const std::string& reason) {
  if (state_ == State::kStreaming) {
    call_->abandon(line_now(), reason, "caller");
    close_line();
  } else if (state_ < State::kClosing) {
    fail(reason);
  }
}

void LiveCall::fail(const std::string& reason) {
  failure_ = reason;
  on_event({0, "call", "failed: " + reason});
  finish();
}

void LiveCall::finish() {
  if (state_ == State::kReporting || state_ == State::kDone) return;
  if (call_) {
    result_ = call_->finish(line_now());
    result_.began_us = zero_ / 1000;
  } else {
    result_.number = config_.number;
    result_.call_sid = config_.identity.call_sid;
    result_.stream_sid = config_.identity.stream_sid;
  }
  if (zero_ != 0) status_callback("stream-stopped");
  if (failure_) result_.failures.push_back(*failure_);
  if (!recording_path_.empty()) {
    result_.recording = recording_path_;
    if (!recording_.close())
      result_.failures.push_back("the recording could not be written: " + recording_path_);
  }
  if (socket_) socket_->drop();
  state_ = State::kReporting;
  deadline_ = monotonic() + kCallbackTimeout;
}

void LiveCall::status_callback(const char* event, const std::string& error) {
  if (stream_.status_callback.empty()) return;
  FormParameters form{
      {"AccountSid", config_.identity.account_sid},
      {"CallSid", config_.identity.call_sid},
      {"StreamSid", config_.identity.stream_sid},
      {"StreamName", stream_.name.empty() ? config_.identity.stream_sid : stream_.name},
      {"StreamEvent", event}};
  if (!error.empty()) form.emplace_back("StreamError", error);
  GDateTime* now = g_date_time_new_now_utc();
  const gstpp::CharPtr stamp{g_date_time_format(now, "%Y-%m-%dT%H:%M:%SZ")};
  g_date_time_unref(now);
  form.emplace_back("Timestamp", stamp.get());
  // Twilio resolves a relative URL against the webhook's.
  std::string known = stream_.status_callback;
  if (known.starts_with("/")) known = origin_of(public_form_of(line_.url)) + known;
  std::string url = known;
  const std::string public_origin = origin_of(line_.public_url);
  if (!public_origin.empty() && url.starts_with(public_origin))
    url = origin_of(line_.url) + url.substr(public_origin.size());
  ++callbacks_;
  send_webhook(session_, {url, known, form, line_.auth_token, stream_.status_callback_get},
               cancellable_.get(), [this, event](const WebhookReply& reply) {
                 --callbacks_;
                 // The body of the answer is ignored; only its absence is worth a word.
                 if (!reply.reached || reply.status >= 300)
                   on_event({line_now(), "call",
                             std::string{"status callback "} + event + " failed: " + reply.error});
               });
}

CallResult LiveCall::take_result() { return std::move(result_); }

}  // namespace jackfield::simulate
