// Words with which a listener says "go on" and means no interruption. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace jackfield {

inline constexpr const char* kDefaultBackchannels =
    "mhm, mm-hmm, mm, hmm, uh-huh, aha, yeah, yep, okay, ok, right, sure, oh, i see, got it, "
    "alright, all right";

class Backchannels {
 public:
  // Phrases between commas; case and punctuation do not matter. Empty: there are none.
  explicit Backchannels(std::string_view list = {});

  // Is the whole text made of them ("Okay, right.")? Never of an empty text, nor of one longer than
  // a few words.
  bool cover(std::string_view text) const;

 private:
  std::vector<std::vector<std::string>> phrases_;  // the longest first
};

}  // namespace jackfield
