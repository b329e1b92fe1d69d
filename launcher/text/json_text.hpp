// JSON on one line: objects member by member, and values that were read. Pure.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "json_reader.hpp"

namespace jackfield {

class JsonObjectText {
 public:
  JsonObjectText& text(std::string_view key, std::string_view value) {
    return json(key, quote_json(value));
  }
  // `value` is JSON.
  JsonObjectText& json(std::string_view key, std::string_view value) {
    if (out_.size() > 1) out_ += ',';
    out_ += quote_json(key);
    out_ += ':';
    out_ += value;
    return *this;
  }
  // The whole object; nothing may follow.
  std::string close() { return std::move(out_ += '}'); }

 private:
  std::string out_ = "{";
};

std::string json_text(const JsonValue& value);

}  // namespace jackfield
