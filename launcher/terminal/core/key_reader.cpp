#include "terminal/core/key_reader.hpp"

#include <algorithm>

namespace jackfield {
namespace {

constexpr char kEscapeByte = '\033';

std::optional<Key> key_of_final(char final, std::string_view parameters) {
  switch (final) {
    case 'A':
      return Key::kUp;
    case 'B':
      return Key::kDown;
    case 'H':
      return Key::kHome;
    case 'F':
      return Key::kEnd;
    case '~':
      break;
    default:
      return std::nullopt;
  }
  const std::string_view number = parameters.substr(0, parameters.find(';'));
  if (number == "5") return Key::kPageUp;
  if (number == "6") return Key::kPageDown;
  if (number == "1" || number == "7") return Key::kHome;
  if (number == "4" || number == "8") return Key::kEnd;
  return std::nullopt;
}

}  // namespace

void KeyReader::add(std::string_view bytes) {
  pending_ += bytes.substr(0, kMostPending - std::min(pending_.size(), kMostPending));
}

std::optional<KeyPress> KeyReader::next() {
  while (!pending_.empty()) {
    const char first = pending_.front();
    if (first != kEscapeByte) {
      pending_.erase(0, 1);
      if (first == '\r' || first == '\n') return KeyPress{Key::kEnter};
      if (first >= 0x20 && first < 0x7F) return KeyPress{Key::kCharacter, first};
      continue;
    }
    if (pending_.size() == 1) return std::nullopt;
    if (pending_[1] != '[' && pending_[1] != 'O') {
      // Twice: the first one stands alone. Before a character: Alt, which nothing here means.
      pending_.erase(0, pending_[1] == kEscapeByte ? 1 : 2);
      if (pending_.empty() || pending_.front() != kEscapeByte) continue;
      return KeyPress{Key::kEscape};
    }
    const auto end = std::find_if(pending_.begin() + 2, pending_.end(),
                                  [](char c) { return c < 0x20 || c >= 0x40; });
    if (end == pending_.end()) return std::nullopt;
    const std::string parameters{pending_.begin() + 2, end};
    // A control character within: the sequence is broken, and the character one of its own.
    const bool whole = static_cast<unsigned char>(*end) >= 0x40;
    const char final = *end;
    pending_.erase(pending_.begin(), whole ? end + 1 : end);
    if (!whole) continue;
    if (const auto key = key_of_final(final, parameters)) return KeyPress{*key};
  }
  return std::nullopt;
}

std::optional<KeyPress> KeyReader::settle() {
  if (pending_.empty()) return std::nullopt;
  const bool alone = pending_.size() == 1 && pending_.front() == kEscapeByte;
  pending_.clear();
  return alone ? std::optional{KeyPress{Key::kEscape}} : std::nullopt;
}

}  // namespace jackfield
