// What callers are told who are in no room. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace jackfield::conference {

enum class Prompt { kAsk, kAskOrGoOn, kUnknown, kGoodbye, kFull, kFailed };

constexpr std::string_view prompt_text(Prompt prompt) {
  switch (prompt) {
    case Prompt::kAsk:
      return "Welcome. Please enter the number of your conference, then press the hash key.";
    case Prompt::kAskOrGoOn:
      return "Welcome. Please enter the number of your conference, then press the hash key. "
             "Without a number, press the hash key only.";
    case Prompt::kUnknown:
      return "There is no conference of this number. Please try again.";
    case Prompt::kGoodbye:
      return "There is no such conference. Goodbye.";
    case Prompt::kFull:
      return "This conference is full. Please call again later. Goodbye.";
    case Prompt::kFailed:
      break;
  }
  return "This conference has ended because of a fault. Please call again. Goodbye.";
}

// How long a sentence is spoken at most, ns: 100 ms for a letter is slow speech.
constexpr std::int64_t spoken_within(std::string_view text) {
  return 1'000'000'000 + static_cast<std::int64_t>(text.size()) * 100'000'000;
}

}  // namespace jackfield::conference
