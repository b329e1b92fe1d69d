// What language models cost: a file in JSON, and what an answered request comes to. Pure; any
// thread.
//
//   {"currency": "USD", "models": {"gpt-5.2": {"input": 1.75, "cached-input": 0.175, "output":
//   14}}}
//
// Prices are per million tokens. A model without "cached-input" has no discount. "as-of" and
// "source" (strings, of the list) say when and where they were read.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "json_reader.hpp"

namespace jackfield {

// Of one answered request, as its service counts.
struct TokenUsage {
  std::uint64_t input = 0;
  std::uint64_t cached_input = 0;  // of `input`
  std::uint64_t output = 0;        // thoughts among them
};

class PriceList {
 public:
  struct Prices {  // per million tokens
    double input = 0;
    double cached_input = 0;
    double output = 0;
  };

  const std::string& currency() const { return currency_; }
  // Of the model of that name, or of the one of which it is a dated version ("gpt-5.2-2025-12-11").
  const Prices* find(std::string_view model) const;
  // In the list's currency; nothing when the model is not listed.
  std::optional<double> cost(std::string_view model, const TokenUsage& usage) const;

 private:
  friend PriceList read_price_list(std::string_view json);
  std::string currency_;
  std::map<std::string, Prices, std::less<>> models_;
};

// Throws PositionedError, whose text names the member.
PriceList read_price_list(std::string_view json);

}  // namespace jackfield
