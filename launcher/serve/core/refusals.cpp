#include "serve/core/refusals.hpp"

namespace jackfield {

const char* refusal_name(Refusal refusal) {
  switch (refusal) {
    case Refusal::kTooManyConnections:
      return "too-many-connections";
    case Refusal::kTooManyFromAddress:
      return "too-many-from-address";
    case Refusal::kHeadTooLong:
      return "head-too-long";
    case Refusal::kBodyTooLong:
      return "body-too-long";
    case Refusal::kTooSlow:
      return "too-slow";
    case Refusal::kBadSignature:
      return "bad-signature";
    case Refusal::kReplayed:
      return "replayed";
    case Refusal::kBusy:
      return "busy";
    case Refusal::kStopping:
      return "stopping";
    case Refusal::kUnknownNumber:
      return "unknown-number";
    case Refusal::kNoCall:
      return "no-call";
    case Refusal::kBadToken:
      return "bad-token";
    case Refusal::kForeignOrigin:
      return "foreign-origin";
    case Refusal::kTooManyMessages:
      return "too-many-messages";
    case Refusal::kBadApiToken:
      return "bad-api-token";
    case Refusal::kNoRoom:
      return "no-room";
    case Refusal::kFailed:
      break;
  }
  return "failed";
}

std::optional<std::uint64_t> Refusals::add(Refusal refusal, std::int64_t now) {
  Entry& entry = entries_[static_cast<std::size_t>(refusal)];
  ++entry.count;
  ++entry.untold;
  if (entry.told && now - *entry.told < kQuiet) return std::nullopt;
  entry.told = now;
  const std::uint64_t number = entry.untold;
  entry.untold = 0;
  return number;
}

}  // namespace jackfield
