// The keys of a section of jackfield.conf: their values read and judged, mistakes told. Pure.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "conf/core/conf_text.hpp"
#include "conf/core/server_settings.hpp"
#include "scenario/core/variables.hpp"

namespace jackfield {

// Letters, digits, '-' and '_', at most 64 of them: the names of lines, and those of other
// sections, are part of URLs.
bool is_line_name(std::string_view name);

// A variable's name as it stands in this file: the keys have no capitals.
bool is_conf_variable(std::string_view name);

// The texts between the separators, without blanks around them; none is empty.
std::vector<std::string> split_conf_list(std::string_view text, std::string_view separators);

class ConfKeys {
 public:
  explicit ConfKeys(std::vector<TextError>& errors) : errors_(errors) {}

  void wrong(std::size_t offset, std::string message, std::string hint = {}) {
    errors_.push_back({offset, std::move(message), std::move(hint)});
  }
  std::size_t mistakes() const { return errors_.size(); }

  // What follows is nullopt, or false, after a mistake was told.
  bool has_value(const ConfKey& key);
  std::optional<unsigned> number_of(const ConfKey& key, const NumberSetting& setting);
  void read_flag(const ConfKey& key, bool& flag);
  // Is it a variable? Then it is taken.
  bool read_variable(const ConfKey& key, Variables::Map& variables);

  // A section [KIND NAME]: is its name good, and not among `taken`? `kind`: "line".
  bool check_name(const ConfSection& section, const std::string& kind, const std::string& name,
                  const std::vector<std::string>& taken);

  // There is no such key. `where`: "a line"; `keys`: what there is; `elsewhere`: a hint when it is
  // one of another section, else "".
  void unknown(const ConfKey& key, const std::string& where, const std::vector<std::string>& keys,
               const std::string& elsewhere, bool variables);

 private:
  std::vector<TextError>& errors_;
};

}  // namespace jackfield
