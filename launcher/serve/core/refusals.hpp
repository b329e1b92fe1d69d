// What was refused at the door, by reason: everything is counted, and not more than a line each ten
// seconds is said about one reason, so that a flood of requests is no flood of lines. Pure.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace jackfield {

enum class Refusal {
  kTooManyConnections,  // in all
  kTooManyFromAddress,
  kHeadTooLong,
  kBodyTooLong,
  kTooSlow,
  kBadSignature,
  kReplayed,  // an old webhook again
  kBusy,      // no place for one more call
  kStopping,
  kUnknownNumber,    // no line answers it
  kNoCall,           // a media stream that never began its call
  kBadToken,         // a media stream that no webhook of ours announced
  kForeignOrigin,    // a web page of somebody else wants to call
  kTooManyMessages,  // of one peer
  kFailed,           // the pipeline of a call could not be made
  kBadApiToken,      // of the control API
  kNoRoom,           // of a conference: none of this name or PIN, or it is full
};
inline constexpr std::size_t kRefusals = 17;

// "too-many-connections", ...: the name in the event file.
const char* refusal_name(Refusal refusal);

class Refusals {
 public:
  static constexpr std::int64_t kQuiet = 10'000'000'000;  // ns

  // Counts. The number to tell of now, with those that nothing was said about; nullopt: say
  // nothing. `now` is any steady clock in ns.
  std::optional<std::uint64_t> add(Refusal refusal, std::int64_t now);
  std::uint64_t count(Refusal refusal) const { return of(refusal).count; }

 private:
  struct Entry {
    std::uint64_t count = 0;
    std::uint64_t untold = 0;
    std::optional<std::int64_t> told;
  };
  const Entry& of(Refusal refusal) const { return entries_[static_cast<std::size_t>(refusal)]; }

  std::array<Entry, kRefusals> entries_;
};

}  // namespace jackfield
