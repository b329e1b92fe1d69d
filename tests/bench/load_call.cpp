#include "load_call.hpp"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <cstring>
#include <optional>

#include "simulate/core/codec.hpp"
#include "simulate/core/handshake.hpp"
#include "simulate/io/twiml.hpp"

namespace bench {
namespace {

using namespace jackfield::simulate;

constexpr Nanoseconds kSampleNs = 125'000;
constexpr std::size_t kMaxMessage = 1 << 20;
// RFC 6455, section 1.3: the key and what a server makes of it.
constexpr char kKey[] = "dGhlIHNhbXBsZSBub25jZQ==";
constexpr char kAccept[] = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";
constexpr std::uint8_t kMask[4] = {0x37, 0xfa, 0x21, 0x3d};

std::string sid(const char* prefix, int number) {
  char text[40];
  std::snprintf(text, sizeof text, "%s%032x", prefix, static_cast<unsigned>(number) + 1);
  return text;
}

std::string_view between(std::string_view text, std::string_view before) {
  const std::size_t at = text.find(before);
  if (at == std::string_view::npos) return {};
  text.remove_prefix(at + before.size());
  return text.substr(0, text.find('"'));
}

}  // namespace

Nanoseconds now_ns() {
  timespec time{};
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * 1'000'000'000LL + time.tv_nsec;
}

LoadCall::LoadCall(int number, const Target& target, const LineAudio& audio, Measured& measured,
                   Ear* ear)
    : number_(number),
      target_(target),
      audio_(audio),
      measured_(measured),
      ear_(ear),
      media_path_(target.media_path),
      identity_{sid("MZ", number), sid("CA", number), sid("AC", 0), {}},
      // Neighbours in time say different things.
      offset_(static_cast<std::uint64_t>(number) * 37 % audio.frames() * kFrame),
      send_times_(kSendTimes) {}

LoadCall::~LoadCall() { close_socket(); }

void LoadCall::close_socket() {
  if (fd_ >= 0) ::close(fd_);
  fd_ = -1;
}

void LoadCall::fail(std::string problem) {
  if (state_ == State::kClosed) return;
  problem_ = "call " + std::to_string(number_ + 1) + ": " + std::move(problem);
  state_ = State::kClosed;
}

bool LoadCall::connect_to(const std::string& host, std::uint16_t port) {
  close_socket();
  out_.clear();
  in_.clear();
  fd_ = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  if (fd_ < 0 || inet_pton(AF_INET, host.c_str(), &address.sin_addr) != 1) return false;
  const int on = 1;
  setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  socket_changed_ = true;
  return ::connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0 ||
         errno == EINPROGRESS;
}

bool LoadCall::socket_changed() { return std::exchange(socket_changed_, false); }

bool LoadCall::begin() {
  if (!connect_to(target_.host, target_.port)) {
    fail(std::string{"cannot connect: "} + std::strerror(errno));
    return false;
  }
  if (target_.voice_path.empty()) {
    open_stream();
    return true;
  }
  const std::string form = "CallSid=" + identity_.call_sid +
                           "&AccountSid=" + identity_.account_sid +
                           "&From=%2B15550001111&To=%2B15552223333&CallStatus=ringing";
  out_ = "POST " + target_.voice_path + " HTTP/1.1\r\nHost: " + target_.host + ":" +
         std::to_string(target_.port) +
         "\r\nContent-Type: application/x-www-form-urlencoded\r\nConnection: close\r\n"
         "Content-Length: " +
         std::to_string(form.size()) + "\r\n\r\n" + form;
  state_ = State::kWebhook;
  return true;
}

void LoadCall::open_stream() {
  out_ = handshake_request({.host = target_.host + ":" + std::to_string(target_.port),
                            .path = media_path_,
                            .key = kKey,
                            .signature = {}});
  state_ = State::kHandshake;
}

void LoadCall::write(std::string_view bytes) {
  if (state_ == State::kClosed) return;
  if (out_.empty()) {
    const ssize_t taken = send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (taken == static_cast<ssize_t>(bytes.size())) return;
    if (taken < 0 && errno != EAGAIN) return fail(std::string{"send: "} + std::strerror(errno));
    if (taken > 0) bytes.remove_prefix(static_cast<std::size_t>(taken));
  }
  if (out_.size() > kMaxMessage) return fail("the server reads nothing");
  out_ += bytes;
}

void LoadCall::on_writable() {
  if (out_.empty() || state_ == State::kClosed) return;
  const ssize_t taken = send(fd_, out_.data(), out_.size(), MSG_NOSIGNAL);
  if (taken < 0 && errno != EAGAIN) return fail(std::string{"send: "} + std::strerror(errno));
  if (taken > 0) out_.erase(0, static_cast<std::size_t>(taken));
}

void LoadCall::send_text(std::string_view text) {
  char frame[1024];
  std::size_t size = 0;
  frame[size++] = static_cast<char>(0x81);
  if (text.size() < 126) {
    frame[size++] = static_cast<char>(0x80 | text.size());
  } else {
    frame[size++] = static_cast<char>(0x80 | 126);
    frame[size++] = static_cast<char>(text.size() >> 8);
    frame[size++] = static_cast<char>(text.size());
  }
  std::memcpy(frame + size, kMask, sizeof kMask);
  size += sizeof kMask;
  if (size + text.size() > sizeof frame) return fail("a message is too long");
  for (std::size_t i = 0; i < text.size(); ++i)
    frame[size + i] = static_cast<char>(static_cast<std::uint8_t>(text[i]) ^ kMask[i & 3]);
  write({frame, size + text.size()});
}

void LoadCall::send_frame() {
  if (state_ != State::kRunning) return;
  char text[640];
  char* to = text;
  const auto put = [&to](std::string_view part) {
    std::memcpy(to, part.data(), part.size());
    to += part.size();
  };
  const auto number = [&](std::uint64_t value) { to = std::to_chars(to, to + 20, value).ptr; };
  put(R"({"event":"media","sequenceNumber":")");
  number(++sequence_);
  put(R"(","media":{"track":"inbound","chunk":")");
  number(frames_ + 1);
  put(R"(","timestamp":")");
  number(frames_ * 20);
  put(R"(","payload":")");
  put(audio_.base64(offset_ / kFrame + frames_));
  put(R"("},"streamSid":")");
  put(identity_.stream_sid);
  put(R"("})");
  send_times_[frames_ % kSendTimes] = now_ns();
  if (ear_) ear_->said(audio_.bytes(offset_ + sent_, kFrame), send_times_[frames_ % kSendTimes]);
  ++frames_;
  sent_ += kFrame;
  if (measured_.measuring) ++measured_.frames_sent;
  send_text({text, static_cast<std::size_t>(to - text)});
}

void LoadCall::echo_marks(Nanoseconds now) {
  while (!marks_.empty() && marks_.front().due <= now) {
    send_text(mark_message(identity_.stream_sid, ++sequence_, marks_.front().name));
    if (measured_.measuring) ++measured_.marks;
    marks_.pop_front();
  }
}

void LoadCall::on_readable() {
  if (state_ == State::kClosed) return;
  char buffer[64 * 1024];
  const ssize_t size = recv(fd_, buffer, sizeof buffer, 0);
  if (size < 0) {
    if (errno != EAGAIN) fail(std::string{"recv: "} + std::strerror(errno));
    return;
  }
  if (size == 0 && state_ != State::kWebhook) return fail("the server closed the connection");
  if (size > 0) in_.append(buffer, static_cast<std::size_t>(size));
  switch (state_) {
    case State::kWebhook:
      if (size == 0) take_webhook();
      break;
    case State::kHandshake:
      take_handshake();
      break;
    case State::kRunning:
      take_frames();
      break;
    default:
      break;
  }
}

// The whole answer is there: the server has closed, as it was asked to.
void LoadCall::take_webhook() {
  const std::size_t head = in_.find("\r\n\r\n");
  if (head == std::string::npos || !in_.starts_with("HTTP/1.1 200 "))
    return fail("the webhook answers " + in_.substr(0, in_.find('\r')));
  const TwimlResult twiml = parse_twiml(std::string_view{in_}.substr(head + 4));
  if (!twiml.error.empty()) return fail("TwiML: " + twiml.error);
  identity_.parameters = twiml.stream.parameters;
  const std::size_t host = twiml.stream.url.find("://");
  const std::size_t path = host == std::string::npos ? host : twiml.stream.url.find('/', host + 3);
  if (path == std::string::npos) return fail("TwiML: no path in " + twiml.stream.url);
  media_path_ = twiml.stream.url.substr(path);
  if (!connect_to(target_.host, target_.port)) return fail("cannot connect to the stream");
  open_stream();
}

void LoadCall::take_handshake() {
  const auto reply = parse_handshake_reply(in_, kAccept);
  if (!reply) return;
  if (!reply->error.empty()) return fail("handshake: " + reply->error);
  in_.erase(0, reply->length);
  state_ = State::kRunning;
  send_text(connected_message());
  send_text(start_message(identity_, ++sequence_));
  take_frames();
}

void LoadCall::take_frames() {
  std::string_view rest = in_;
  while (rest.size() >= 2 && state_ == State::kRunning) {
    const auto byte = [&](std::size_t i) { return static_cast<std::uint8_t>(rest[i]); };
    std::size_t head = 2;
    std::size_t size = byte(1) & 0x7f;
    if (size == 126) {
      if (rest.size() < 4) break;
      head = 4;
      size = static_cast<std::size_t>(byte(2)) << 8 | byte(3);
    } else if (size == 127) {
      return fail("a message is too long");
    }
    if (rest.size() < head + size) break;
    const std::string_view payload = rest.substr(head, size);
    if (byte(0) == 0x88) return fail("the server closed the stream");
    if (byte(0) != 0x81) return fail("an unexpected WebSocket frame");
    take_message(payload);
    rest.remove_prefix(head + size);
  }
  in_.erase(0, in_.size() - rest.size());
}

void LoadCall::take_message(std::string_view text) {
  if (measured_.measuring) ++measured_.messages;
  if (between(text, R"("streamSid":")") != identity_.stream_sid)
    return fail("a message without our streamSid");
  const std::string_view event = between(text, R"("event":")");
  if (event == "media") {
    const auto audio = base64_decode(between(text, R"("payload":")"));
    if (!audio || audio->empty()) return fail("a payload that is not base64");
    play_end_ = std::max(play_end_, now_ns()) + static_cast<Nanoseconds>(audio->size()) * kSampleNs;
    if (ear_)
      ear_->heard(*audio, now_ns());
    else
      take_audio(*audio);
  } else if (event == "mark") {
    marks_.push_back({std::max(play_end_, now_ns()), std::string{between(text, R"("name":")")}});
  } else {
    fail("an unexpected message: " + std::string{text.substr(0, 80)});
  }
}

void LoadCall::take_audio(std::span<const std::uint8_t> mulaw) {
  const Nanoseconds now = now_ns();
  while (!mulaw.empty()) {
    const std::size_t can = std::min<std::size_t>(mulaw.size(), sent_ - returned_);
    const auto expected = audio_.bytes(offset_ + returned_, can);
    const auto same = static_cast<std::size_t>(
        std::mismatch(mulaw.begin(), mulaw.begin() + static_cast<std::ptrdiff_t>(can),
                      expected.begin())
            .first -
        mulaw.begin());
    returned(same, now);
    mulaw = mulaw.subspan(same);
    if (mulaw.empty() || resynchronize(mulaw)) continue;
    if (measured_.measuring) ++measured_.foreign_bytes;
    mulaw = mulaw.subspan(1);
  }
}

// Whether what was heard was said later than expected; what lies between is lost.
bool LoadCall::resynchronize(std::span<const std::uint8_t> mulaw) {
  constexpr std::size_t kSure = 8;
  const std::size_t sure = std::min(mulaw.size(), kSure);
  // So few bytes may be found by chance: only a short hole is believed.
  const std::size_t furthest = sure == kSure ? SIZE_MAX : sure + 4;
  const std::size_t loop = audio_.frames() * kFrame;
  const auto underway =
      audio_.bytes(offset_ + returned_, std::min<std::size_t>({sent_ - returned_, loop, furthest}));
  const void* found = memmem(underway.data(), underway.size(), mulaw.data(), sure);
  if (!found || found == underway.data()) return false;
  const auto skipped =
      static_cast<std::uint64_t>(static_cast<const std::uint8_t*>(found) - underway.data());
  lose(returned_, returned_ + skipped);
  returned_ += skipped;
  return true;
}

void LoadCall::returned(std::size_t bytes, Nanoseconds now) {
  const std::uint64_t first = returned_ / kFrame;
  returned_ += bytes;
  for (std::uint64_t frame = first; frame < returned_ / kFrame; ++frame) {
    const std::uint64_t at = frame * kFrame;
    if (at < measured_from_ || at >= measured_to_) continue;
    measured_.rtt_ms.push_back(
        static_cast<float>(static_cast<double>(now - send_times_[frame % kSendTimes]) * 1e-6));
  }
}

void LoadCall::lose(std::uint64_t from, std::uint64_t to) {
  from = std::max(from, measured_from_);
  to = std::min(to, measured_to_);
  if (from < to) (to - from < kFrame ? measured_.bytes_cut : measured_.bytes_lost) += to - from;
}

void LoadCall::settle() {
  lose(returned_, sent_);
  returned_ = sent_;
}

void LoadCall::stop() {
  if (state_ == State::kRunning) send_text(stop_message(identity_, ++sequence_));
}

}  // namespace bench
