#include "webrtc/core/turn_inquiry.hpp"

#include <algorithm>
#include <limits>
#include <utility>

namespace jackfield::webrtc {
namespace {

constexpr std::int64_t kFirstWait = 500'000'000;
constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::max();

enum Error : unsigned {
  kTryAlternate = 300,
  kUnauthorized = 401,
  kForbidden = 403,
  kStaleNonce = 438,
  kWrongCredentials = 441,
  kQuota = 486,
  kNoCapacity = 508,
};

std::string quoted(const StunReply& reply) {
  return std::to_string(reply.error) + (reply.reason.empty() ? "" : " " + reply.reason);
}

}  // namespace

std::string turn_name(const TurnServer& server) {
  const bool ipv6 = server.host.find(':') != std::string::npos;
  return (server.transport == "tls" ? "turns:" : "turn:") +
         (ipv6 ? "[" + server.host + "]" : server.host) + ":" + std::to_string(server.port) +
         (server.transport == "tcp" ? "?transport=tcp" : "");
}

TurnInquiry::TurnInquiry(TurnServer server, Tools tools, std::int64_t now)
    : server_(std::move(server)),
      tools_(std::move(tools)),
      give_up_(now + kPatience),
      send_at_(now) {
  begin(Step::kUnsigned);
}

void TurnInquiry::begin(Step step) {
  step_ = step;
  transaction_ = tools_.transaction();
  send_at_ = std::numeric_limits<std::int64_t>::min();
  wait_ = kFirstWait;
}

StunSignature TurnInquiry::signature() const {
  return {.user = server_.user,
          .realm = realm_,
          .nonce = nonce_,
          .key = tools_.md5(server_.user + ":" + realm_ + ":" + server_.password),
          .hmac = tools_.hmac};
}

Bytes TurnInquiry::next(std::int64_t now) {
  if (verdict_) {
    // The relay is given back once; whether that is heard does not matter.
    if (step_ != Step::kReleasing || send_at_ == kNever) return {};
    send_at_ = kNever;
    const StunSignature with = signature();
    return stun_request(StunMethod::kRefresh, transaction_, &with);
  }
  if (now >= give_up_) {
    conclude(false, "does not answer",
             "is the address right, does the server run, and does a firewall let " +
                 std::string{server_.transport == "udp" ? "UDP" : "TCP"} + " through?");
    return {};
  }
  if (now < send_at_) return {};
  send_at_ = server_.transport == "udp" ? now + wait_ : kNever;
  wait_ *= 2;
  if (step_ == Step::kUnsigned) return stun_request(StunMethod::kAllocate, transaction_, nullptr);
  const StunSignature with = signature();
  return stun_request(StunMethod::kAllocate, transaction_, &with);
}

std::int64_t TurnInquiry::wake_at() const {
  if (verdict_) return step_ == Step::kReleasing ? send_at_ : kNever;
  return std::min(send_at_, give_up_);
}

void TurnInquiry::received(std::span<const std::uint8_t> message) {
  if (verdict_) return;
  const auto reply = read_stun_reply(message, StunMethod::kAllocate, transaction_);
  if (reply) take(*reply);
}

void TurnInquiry::take(const StunReply& reply) {
  if (reply.success) {
    if (!reply.relay_address) return refused(reply);
    const bool open = step_ == Step::kUnsigned;
    conclude(true, open ? "gives a relay to anybody, without credentials" : "gives a relay", "");
    if (!open) begin(Step::kReleasing);
    return;
  }
  const bool stale =
      reply.error == kStaleNonce && !std::exchange(was_stale_, step_ == Step::kSigned);
  if ((step_ == Step::kUnsigned && reply.error == kUnauthorized) ||
      (step_ == Step::kSigned && stale)) {
    if (reply.nonce.empty() || (reply.realm.empty() && realm_.empty()))
      return conclude(false, "asks for credentials without saying for which realm",
                      "only long-term credentials are known (in coturn: lt-cred-mech, or "
                      "use-auth-secret, and realm)");
    if (!reply.realm.empty()) realm_ = reply.realm;
    nonce_ = reply.nonce;
    return begin(Step::kSigned);
  }
  refused(reply);
}

void TurnInquiry::refused(const StunReply& reply) {
  switch (reply.error) {
    case kUnauthorized:
    case kWrongCredentials:
      return conclude(
          false, "refused the credentials of user '" + server_.user + "' (" + quoted(reply) + ")",
          "user and password have to be those of the server (in coturn: user=NAME:PASSWORD); "
          "of time-limited ones the secret (static-auth-secret), and both clocks have to be "
          "right");
    case kForbidden:
      return conclude(false, "gives us no relay (" + quoted(reply) + ")",
                      "the server's configuration forbids it");
    case kQuota:
    case kNoCapacity:
      return conclude(false, "has no relay left (" + quoted(reply) + ")",
                      "raise its limits (in coturn: user-quota, total-quota, min-port and "
                      "max-port)");
    case kTryAlternate:
      return conclude(false, "sends us to another server (" + quoted(reply) + ")",
                      "name that server instead");
    default:
      return conclude(false,
                      reply.error ? "refused with " + quoted(reply) : "answered without a relay",
                      "the server's own log tells more");
  }
}

void TurnInquiry::lost(const std::string& why) {
  if (!verdict_)
    conclude(false, "cannot be reached: " + why, "is the address right, and does the server run?");
}

void TurnInquiry::conclude(bool good, std::string text, std::string advice) {
  verdict_ = {.good = good,
              .text = "TURN server " + turn_name(server_) + " " + std::move(text),
              .advice = std::move(advice)};
}

}  // namespace jackfield::webrtc
