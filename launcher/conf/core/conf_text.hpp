// The form of jackfield.conf, which is GKeyFile's: [sections], key=value, and comments on lines of
// their own. GKeyFile itself joins sections of one name, lets a later key replace an earlier one
// and forgets where things stood; whoever writes the file wants to be told. Pure.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "scenario/core/pipeline_text.hpp"

namespace jackfield {

struct ConfKey {
  std::string name;
  std::string value;  // as it is written, without the spaces around it; no escapes
  std::size_t offset = 0;
  std::size_t value_offset = 0;
};

struct ConfSection {
  std::string name;  // what stands between the brackets
  std::size_t offset = 0;
  std::vector<ConfKey> keys;  // each name once
};

// What can be read; every mistake goes to `errors`. Each section comes once.
std::vector<ConfSection> parse_conf_text(std::string_view source, std::vector<TextError>& errors);

}  // namespace jackfield
