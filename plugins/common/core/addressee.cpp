#include "addressee.hpp"

#include <array>

namespace jackfield {
namespace {

constexpr std::array<std::string_view, 3> kQuestionMarks = {"?", "\uff1f", "\u061f"};
constexpr std::string_view kBehind = " \t\r\n\"')";

bool ends_with_question(std::string_view text) {
  const std::size_t last = text.find_last_not_of(kBehind);
  if (last == std::string_view::npos) return false;
  text = text.substr(0, last + 1);
  for (const std::string_view mark : kQuestionMarks) {
    if (text.ends_with(mark)) return true;
  }
  return false;
}

}  // namespace

void Addressee::answers(bool named) {
  answering_ = true;
  named_ = named;
  asks_ = false;
  // Who named it may go on while it thinks and speaks.
  if (named) open_until_ = UINT64_MAX;
}

void Addressee::says(std::string_view text) { asks_ = ends_with_question(text); }

void Addressee::reply_over(std::uint64_t now) {
  if (!answering_) return;
  answering_ = false;
  if (named_ || asks_) open_until_ = now + config_.window;
}

}  // namespace jackfield
