// Keys from the bytes that a VT terminal sends. Pure; one thread at a time.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace jackfield {

enum class Key { kUp, kDown, kPageUp, kPageDown, kHome, kEnd, kEnter, kEscape, kCharacter };

struct KeyPress {
  Key key = Key::kCharacter;
  char character = 0;  // kCharacter: printable ASCII
  bool operator==(const KeyPress&) const = default;
};

class KeyReader {
 public:
  void add(std::string_view bytes);
  // The next key that is whole. What is no key of ours is passed over.
  std::optional<KeyPress> next();
  // Nothing came for a while (50 ms and more): an escape that waits for more is the key Escape.
  std::optional<KeyPress> settle();
  bool waiting() const { return !pending_.empty(); }

 private:
  static constexpr std::size_t kMostPending = 4096;
  std::string pending_;
};

}  // namespace jackfield
