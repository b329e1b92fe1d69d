// Members of a file of tools, by their kind: what is wrong with one is told with its path. One
// thread at a time.
#pragma once

#include <functional>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "json_reader.hpp"

namespace agentbrain::tools {

using Variable = std::function<std::optional<std::string>(std::string_view)>;

[[noreturn]] void wrong_member(const jackfield::JsonValue& where, const std::string& path,
                               const std::string& why);
void require_kind(const jackfield::JsonValue& value, const std::string& path,
                  jackfield::JsonValue::Kind kind);
// Only members of these names.
void require_known(const jackfield::JsonValue& object, const std::string& path,
                   std::initializer_list<std::string_view> names);
// Letters, digits, "_" and "-".
bool is_member_name(std::string_view name, std::size_t most);
double read_number(const jackfield::JsonValue& value, const std::string& path, double least,
                   double most);
bool read_boolean(const jackfield::JsonValue& value, const std::string& path);

// Strings, filled in with the values of variables. Each function throws jackfield::PositionedError.
class MemberReader {
 public:
  using Pairs = std::vector<std::pair<std::string, std::string>>;

  explicit MemberReader(const Variable& variable) : variable_(variable) {}
  void fill_in(bool fills_in) { fills_in_ = fills_in; }

  // `secret`: what its variables hold must not be shown; `in_pattern`: it means itself in a regular
  // expression.
  std::string text(const jackfield::JsonValue& value, const std::string& path, bool secret,
                   bool in_pattern = false);
  std::vector<std::string> texts(const jackfield::JsonValue& value, const std::string& path);
  Pairs pairs(const jackfield::JsonValue& value, const std::string& path, bool headers);

  // Values that must not be shown, in the order in which they were read.
  const std::vector<std::string>& secrets() const { return secrets_; }

 private:
  const Variable& variable_;
  bool fills_in_ = true;
  std::vector<std::string> secrets_;
};

}  // namespace agentbrain::tools
