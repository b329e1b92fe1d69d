// A text that must not stay in memory longer than it is needed: overwritten when it goes.
#pragma once

#include <string>
#include <string_view>

namespace jackfield {

class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string text) : text_(std::move(text)) {}
  Secret(const Secret& other) = default;
  Secret(Secret&& other) noexcept : text_(other.text_) { other.wipe(); }
  Secret& operator=(Secret other) noexcept {
    // The other one takes ours and wipes it.
    text_.swap(other.text_);
    return *this;
  }
  ~Secret() { wipe(); }

  bool empty() const { return text_.empty(); }
  std::string_view text() const { return text_; }

 private:
  void wipe() noexcept {
    // volatile: the compiler may not leave it out because nobody reads it afterwards.
    for (volatile char& c : text_) c = 0;
    text_.clear();
  }

  std::string text_;
};

}  // namespace jackfield
