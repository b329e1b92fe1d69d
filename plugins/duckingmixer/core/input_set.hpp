// A set of inputs, by their places.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

#include "kernels.hpp"

namespace ducking {

class InputSet {
 public:
  static InputSet all() {
    InputSet set;
    set.words_.fill(~std::uint64_t{0});
    return set;
  }
  void add(int place) { word(place) |= bit(place); }
  void remove(int place) { word(place) &= ~bit(place); }
  bool has(int place) const {
    return (words_[static_cast<std::size_t>(place) / 64] & bit(place)) != 0;
  }
  int count() const {
    int sum = 0;
    for (const std::uint64_t word : words_) sum += std::popcount(word);
    return sum;
  }
  InputSet both(const InputSet& other) const {
    InputSet set;
    for (std::size_t i = 0; i < words_.size(); ++i) set.words_[i] = words_[i] & other.words_[i];
    return set;
  }
  InputSet without(const InputSet& other) const {
    InputSet set;
    for (std::size_t i = 0; i < words_.size(); ++i) set.words_[i] = words_[i] & ~other.words_[i];
    return set;
  }
  // Calls f(place) for each, in order.
  template <typename F>
  void for_each(F f) const {
    for (std::size_t i = 0; i < words_.size(); ++i) {
      for (std::uint64_t left = words_[i]; left != 0; left &= left - 1)
        f(static_cast<int>(i * 64) + std::countr_zero(left));
    }
  }
  const auto& words() const { return words_; }
  // Without a call, which the standard library makes of it.
  bool operator==(const InputSet& other) const {
    std::uint64_t differs = 0;
    for (std::size_t i = 0; i < words_.size(); ++i) differs |= words_[i] ^ other.words_[i];
    return differs == 0;
  }

 private:
  static std::uint64_t bit(int place) { return std::uint64_t{1} << (place % 64); }
  std::uint64_t& word(int place) { return words_[static_cast<std::size_t>(place) / 64]; }

  std::array<std::uint64_t, (kMostInputs + 64) / 64> words_{};
};

}  // namespace ducking
