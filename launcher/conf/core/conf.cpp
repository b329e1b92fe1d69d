#include "conf/core/conf.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>

#include "conf/core/conf_text.hpp"
#include "scenario/core/nearest.hpp"
#include "scenario/core/secret_names.hpp"
#include "scenario/core/source_position.hpp"
#include "twilio/core/phone_address.hpp"

namespace jackfield {
namespace {

constexpr std::size_t kLongestName = 64;
constexpr std::string_view kServer = "server";
constexpr std::string_view kLine = "line";
constexpr std::string_view kBlank = " \t";
// The supervisor's own.
constexpr auto kReserved = std::to_array<std::string_view>({"HERE", "RECORDING", "SESSION"});

constexpr NumberSetting kAgents{"agents", nullptr, 0, 8, "N", ""};
constexpr NumberSetting kRoomSize{"room-size", nullptr, 2, conference::kMostSeats, "N", ""};

const std::vector<std::string>& line_keys() {
  static const std::vector<std::string> keys{
      "pipeline", "profile", "numbers",    "max-calls", "max-call-duration",
      "rooms",    "pins",    "open-rooms", "agents",    "room-size"};
  return keys;
}

std::vector<std::string> server_keys() {
  std::vector<std::string> keys;
  for (const auto& setting : kTextSettings) keys.emplace_back(setting.key);
  for (const auto& setting : kListSettings) keys.emplace_back(setting.key);
  for (const auto& setting : kFlagSettings) keys.emplace_back(setting.key);
  for (const auto& setting : kNumberSettings) keys.emplace_back(setting.key);
  return keys;
}

template <typename Table>
auto find_setting(const Table& table, std::string_view key) {
  const auto it =
      std::find_if(table.begin(), table.end(), [&](const auto& entry) { return entry.key == key; });
  return it == table.end() ? nullptr : &*it;
}

const NumberSetting& number_setting(std::string_view key) {
  return *find_setting(kNumberSettings, key);
}

// A variable's name as it stands in this file: the keys have no capitals.
bool is_variable(std::string_view name) {
  return is_variable_name(name) && std::none_of(name.begin(), name.end(), [](unsigned char c) {
           return std::islower(c) != 0;
         });
}

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

std::vector<std::string> split(std::string_view text, std::string_view separators) {
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

class Reader {
 public:
  Reader(std::string_view source, std::vector<TextError>& errors)
      : source_(source), errors_(errors) {}

  Conf read() {
    const std::size_t before = errors_.size();
    for (const ConfSection& section : parse_conf_text(source_, errors_)) read_section(section);
    if (conf_.lines.empty() && errors_.size() == before)
      wrong(source_.size(), "there is no line in this file",
            "a line is a section [line NAME] with pipeline=FILE.gst");
    return std::move(conf_);
  }

 private:
  void wrong(std::size_t offset, std::string message, std::string hint = {}) {
    errors_.push_back({offset, std::move(message), std::move(hint)});
  }

  void read_section(const ConfSection& section) {
    if (section.name == kServer) return read_server(section);
    const std::size_t space = std::min(section.name.find_first_of(kBlank), section.name.size());
    const std::string first = section.name.substr(0, space);
    const std::size_t rest = section.name.find_first_not_of(kBlank, space);
    const std::string name = rest == std::string::npos ? "" : section.name.substr(rest);
    if (first == kLine) return read_line(section, name);
    std::string hint = "there are [server] and [line NAME]";
    if (const auto near = nearest_names(first, {std::string{kServer}, std::string{kLine}}, 1);
        !near.empty()) {
      const bool line = near.front() == kLine;
      hint = "did you mean '[" + near.front() + (line ? " " + (name.empty() ? "NAME" : name) : "") +
             "]'?";
    }
    wrong(section.offset, "there is no section [" + section.name + "]", hint);
  }

  void read_server(const ConfSection& section) {
    for (const ConfKey& key : section.keys) {
      conf_.server_offsets[key.name] = key.value_offset;
      if (const auto* number = find_setting(kNumberSettings, key.name)) {
        if (const auto value = number_of(key, *number)) conf_.server.*number->member = *value;
      } else if (const auto* text = find_setting(kTextSettings, key.name)) {
        if (has_value(key)) conf_.server.*text->member = key.value;
      } else if (const auto* list = find_setting(kListSettings, key.name)) {
        if (has_value(key)) conf_.server.*list->member = split(key.value, " \t,;");
      } else if (const auto* flag = find_setting(kFlagSettings, key.name)) {
        read_flag(key, conf_.server.*flag->member);
      } else {
        unknown(key, "[server]", server_keys());
      }
    }
    const auto& given = conf_.server_offsets;
    for (const auto& [one, other] :
         {std::pair{"tls-certificate", "tls-key"}, std::pair{"tls-key", "tls-certificate"}}) {
      if (given.contains(one) && !given.contains(other))
        wrong(given.find(one)->second,
              std::string{"'"} + one + "' needs '" + other + "' beside it");
    }
  }

  void read_line(const ConfSection& section, const std::string& name) {
    LineConf line;
    line.name = name;
    line.offsets[""] = section.offset;
    if (name.empty()) {
      wrong(section.offset, "this line has no name", "write [line NAME]");
    } else if (!is_line_name(name)) {
      wrong(section.offset, "'" + name + "' is no name for a line",
            "a name has letters, digits, '-' and '_', at most " + std::to_string(kLongestName));
    }
    for (const LineConf& other : conf_.lines) {
      if (other.name == name && !name.empty())
        wrong(section.offset, "the line '" + name + "' is there already",
              "give one of them another name");
    }
    for (const ConfKey& key : section.keys) read_line_key(key, line);
    check_rooms(line);
    if (!line.offsets.contains("pipeline"))
      wrong(section.offset, "the line '" + name + "' has no pipeline", "write pipeline=FILE.gst");
    conf_.lines.push_back(std::move(line));
  }

  void read_line_key(const ConfKey& key, LineConf& line) {
    line.offsets[key.name] = key.value_offset;
    if (key.name == "pipeline") {
      if (has_value(key)) line.pipeline = key.value;
    } else if (key.name == "profile") {
      if (has_value(key)) line.profile = key.value;
    } else if (key.name == "numbers") {
      if (has_value(key)) read_numbers(key, line);
    } else if (key.name == "max-calls") {
      line.max_calls = number_of(key, number_setting(key.name));
    } else if (key.name == "max-call-duration") {
      line.max_call_duration = number_of(key, number_setting(key.name));
    } else if (key.name == "rooms") {
      if (has_value(key)) read_rooms(key, line);
    } else if (key.name == "pins") {
      if (has_value(key)) read_pins(key, line);
    } else if (key.name == "open-rooms") {
      read_flag(key, line.rooms.open_rooms);
    } else if (key.name == "agents") {
      line.agents = number_of(key, kAgents);
    } else if (key.name == "room-size") {
      line.room_size = number_of(key, kRoomSize);
    } else if (is_variable(key.name) && !is_secret(key.name)) {
      if (std::find(kReserved.begin(), kReserved.end(), key.name) != kReserved.end())
        wrong(key.offset, "the variable " + key.name + " is jackfield's own");
      line.variables[key.name] = key.value;
    } else {
      unknown(key, "a line", line_keys());
    }
  }

  void read_numbers(const ConfKey& key, LineConf& line) {
    for (const std::string& written : split(key.value, ",;")) {
      std::string number = written;
      const bool digits = number.find_first_not_of("+0123456789 -().\t/") == std::string::npos;
      if (digits) std::erase_if(number, [](char c) { return c != '+' && (c < '0' || c > '9'); });
      const auto address = twilio::phone_address(number);
      if (!address) {
        wrong(key.value_offset, "'" + written + "' is no number that can be called",
              "numbers look like +15552223333 and have commas between them; client:NAME and "
              "sip:USER@HOST are good as well");
        continue;
      }
      const auto [it, is_new] = numbers_.emplace(*address, key.value_offset);
      if (is_new) {
        line.numbers.push_back(*address);
      } else {
        wrong(key.value_offset,
              "the number " + *address + " stands already on line " +
                  std::to_string(position_of(source_, it->second).line),
              "a number belongs to one line");
      }
    }
  }

  void read_rooms(const ConfKey& key, LineConf& line) {
    std::vector<std::string>& rooms = line.rooms.rooms;
    for (const std::string& name : split(key.value, " \t,;")) {
      if (!conference::is_room_name(name))
        wrong(
            key.value_offset, "'" + name + "' is no name for a room",
            "a name has small letters, digits and '-', at most 32, and commas stand between them");
      else if (std::find(rooms.begin(), rooms.end(), name) != rooms.end())
        wrong(key.value_offset, "the room '" + name + "' stands there twice");
      else
        rooms.push_back(name);
    }
  }

  void read_pins(const ConfKey& key, LineConf& line) {
    std::vector<conference::Pin>& pins = line.rooms.pins;
    for (const std::string& written : split(key.value, " \t,;")) {
      auto read = conference::read_pin(written);
      if (const auto* why = std::get_if<std::string>(&read)) {
        wrong(key.value_offset, "'" + written + "' is no PIN: " + *why,
              "PINs look like this: 1234=main, 5678=sales, 9999=main:speaker");
        continue;
      }
      auto& pin = std::get<conference::Pin>(read);
      const bool known = std::any_of(pins.begin(), pins.end(), [&](const conference::Pin& other) {
        return other.digits == pin.digits;
      });
      if (known)
        wrong(key.value_offset, "the PIN " + pin.digits + " stands there twice",
              "each room has PINs of its own");
      else
        pins.push_back(std::move(pin));
    }
  }

  // After all keys of a line are read.
  void check_rooms(const LineConf& line) {
    const auto& [rooms, pins, open_rooms] = line.rooms;
    for (const conference::Pin& pin : pins) {
      const bool known = std::find(rooms.begin(), rooms.end(), pin.room) != rooms.end();
      if (!rooms.empty() && !open_rooms && !known)
        wrong(line.offsets.find("pins")->second,
              "the PIN " + pin.digits + " is for '" + pin.room + "', which is not in 'rooms'",
              did_you_mean(pin.room, rooms));
      if (std::find(rooms.begin(), rooms.end(), pin.digits) != rooms.end())
        wrong(line.offsets.find("pins")->second,
              "the PIN " + pin.digits + " is also the name of a room");
    }
    if (line.agents && line.room_size && *line.agents >= *line.room_size)
      wrong(line.offsets.find("agents")->second,
            "so many agents leave no seat for anybody else ('room-size')");
  }

  bool has_value(const ConfKey& key) {
    if (!key.value.empty()) return true;
    wrong(key.offset, "'" + key.name + "' has no value", "write one, or take it away");
    return false;
  }

  std::optional<unsigned> number_of(const ConfKey& key, const NumberSetting& setting) {
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

  void read_flag(const ConfKey& key, bool& flag) {
    if (!has_value(key)) return;
    if (key.value == "true" || key.value == "false") {
      flag = key.value == "true";
      return;
    }
    wrong(key.value_offset, "'" + key.value + "' is not a value for '" + key.name + "'",
          "it must be true or false" + comment_hint(key));
  }

  static std::string comment_hint(const ConfKey& key) {
    return key.value.find(" #") == std::string::npos ? "" : "; a comment has a line of its own";
  }

  void unknown(const ConfKey& key, const std::string& where, std::vector<std::string> keys) {
    if (is_secret(key.name)) {
      const std::string name = environment_name(key.name);
      const std::string known = did_you_mean(
          name, {"TWILIO_AUTH_TOKEN", "JACKFIELD_TOKEN_SECRET", "JACKFIELD_API_TOKEN"});
      wrong(
          key.offset, "'" + key.name + "' looks like a secret, and secrets are not in this file",
          "write " + name + "=... into the file .env beside it, or set it in the environment" +
              (known.empty() || known.find("'" + name + "'") != std::string::npos ? ""
                                                                                  : "; " + known));
      return;
    }
    std::string hint = did_you_mean(key.name, keys);
    // Settings that stand in the wrong section.
    const std::vector<std::string> others = where == "[server]" ? line_keys() : server_keys();
    if (std::find(others.begin(), others.end(), key.name) != others.end())
      hint = "it belongs into " + std::string{where == "[server]" ? "a [line NAME]" : "[server]"};
    if (where == "[server]" && is_variable(key.name)) hint = "a variable belongs to a [line NAME]";
    if (hint.empty()) {
      hint = "there are";
      for (const std::string& name : keys) hint += (name == keys.front() ? " " : ", ") + name;
      if (where != "[server]") hint += ", and variables, whose names are in capitals";
    }
    wrong(key.offset, where + " has no '" + key.name + "'", hint);
  }

  const std::string_view source_;
  std::vector<TextError>& errors_;
  Conf conf_;
  std::map<std::string, std::size_t, std::less<>> numbers_;
};

}  // namespace

bool is_line_name(std::string_view name) {
  return !name.empty() && name.size() <= kLongestName &&
         std::all_of(name.begin(), name.end(), [](unsigned char c) {
           return (c < 0x80 && std::isalnum(c)) || c == '-' || c == '_';
         });
}

Conf read_conf(std::string_view source, std::vector<TextError>& errors) {
  return Reader{source, errors}.read();
}

}  // namespace jackfield
