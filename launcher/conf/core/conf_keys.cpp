#include "conf/core/conf_keys.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>

#include "scenario/core/nearest.hpp"
#include "scenario/core/secret_names.hpp"

namespace jackfield {
namespace {

constexpr std::size_t kLongestName = 64;
constexpr std::string_view kBlank = " \t";
// The supervisor's own.
constexpr auto kReserved = std::to_array<std::string_view>({"HERE", "RECORDING", "SESSION"});

bool is_secret(std::string_view key) {
  std::string name{key};
  std::replace(name.begin(), name.end(), '-', '_');
  return looks_secret(name);
}

// "auth-token" -> "AUTH_TOKEN"
std::string environment_name(std::string_view key) {
  std::string name;
  for (const unsigned char c : key) name += c == '-' ? '_' : static_cast<char>(std::toupper(c));
  return name;
}

std::string comment_hint(const ConfKey& key) {
  return key.value.find(" #") == std::string::npos ? "" : "; a comment has a line of its own";
}

}  // namespace

bool is_line_name(std::string_view name) {
  return !name.empty() && name.size() <= kLongestName &&
         std::all_of(name.begin(), name.end(), [](unsigned char c) {
           return (c < 0x80 && std::isalnum(c)) || c == '-' || c == '_';
         });
}

bool is_conf_variable(std::string_view name) {
  return is_variable_name(name) && std::none_of(name.begin(), name.end(), [](unsigned char c) {
           return std::islower(c) != 0;
         });
}

std::vector<std::string> split_conf_list(std::string_view text, std::string_view separators) {
  std::vector<std::string> parts;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find_first_of(separators), text.size());
    std::string_view part = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    const std::size_t first = part.find_first_not_of(kBlank);
    if (first == std::string_view::npos) continue;
    part = part.substr(first, part.find_last_not_of(kBlank) - first + 1);
    parts.emplace_back(part);
  }
  return parts;
}

bool ConfKeys::has_value(const ConfKey& key) {
  if (!key.value.empty()) return true;
  wrong(key.offset, "'" + key.name + "' has no value", "write one, or take it away");
  return false;
}

std::optional<unsigned> ConfKeys::number_of(const ConfKey& key, const NumberSetting& setting) {
  if (!has_value(key)) return std::nullopt;
  unsigned value = 0;
  const char* const end = key.value.data() + key.value.size();
  const auto [stop, failure] = std::from_chars(key.value.data(), end, value);
  if (failure == std::errc{} && stop == end && value >= setting.low && value <= setting.high)
    return value;
  const std::string_view unit = setting.unit;
  wrong(key.value_offset, "'" + key.value + "' is not a value for '" + key.name + "'",
        "it must be a whole number from " + std::to_string(setting.low) + " to " +
            std::to_string(setting.high) + (unit == "SECONDS" ? " (seconds)" : "") +
            comment_hint(key));
  return std::nullopt;
}

void ConfKeys::read_flag(const ConfKey& key, bool& flag) {
  if (!has_value(key)) return;
  if (key.value == "true" || key.value == "false") {
    flag = key.value == "true";
    return;
  }
  wrong(key.value_offset, "'" + key.value + "' is not a value for '" + key.name + "'",
        "it must be true or false" + comment_hint(key));
}

bool ConfKeys::read_variable(const ConfKey& key, Variables::Map& variables) {
  if (!is_conf_variable(key.name) || is_secret(key.name)) return false;
  if (std::find(kReserved.begin(), kReserved.end(), key.name) != kReserved.end())
    wrong(key.offset, "the variable " + key.name + " is jackfield's own");
  variables[key.name] = key.value;
  return true;
}

bool ConfKeys::check_name(const ConfSection& section, const std::string& kind,
                          const std::string& name, const std::vector<std::string>& taken) {
  if (name.empty()) {
    wrong(section.offset, "this " + kind + " has no name", "write [" + kind + " NAME]");
    return false;
  }
  if (!is_line_name(name)) {
    wrong(section.offset, "'" + name + "' is no name for a " + kind,
          "a name has letters, digits, '-' and '_', at most " + std::to_string(kLongestName));
    return false;
  }
  if (std::find(taken.begin(), taken.end(), name) == taken.end()) return true;
  wrong(section.offset, "the " + kind + " '" + name + "' is there already",
        "give one of them another name");
  return false;
}

void ConfKeys::unknown(const ConfKey& key, const std::string& where,
                       const std::vector<std::string>& keys, const std::string& elsewhere,
                       bool variables) {
  if (is_secret(key.name)) {
    const std::string name = environment_name(key.name);
    const std::string known =
        did_you_mean(name, {"TWILIO_AUTH_TOKEN", "JACKFIELD_TOKEN_SECRET", "JACKFIELD_API_TOKEN"});
    wrong(key.offset, "'" + key.name + "' looks like a secret, and secrets are not in this file",
          "write " + name + "=... into the file .env beside it, or set it in the environment" +
              (known.empty() || known.find("'" + name + "'") != std::string::npos ? ""
                                                                                  : "; " + known));
    return;
  }
  std::string hint = elsewhere.empty() ? did_you_mean(key.name, keys) : elsewhere;
  if (hint.empty()) {
    hint = "there are";
    for (const std::string& name : keys) hint += (name == keys.front() ? " " : ", ") + name;
    if (variables) hint += ", and variables, whose names are in capitals";
  }
  wrong(key.offset, where + " has no '" + key.name + "'", hint);
}

}  // namespace jackfield
