#include "conf/core/conf.hpp"

#include <algorithm>
#include <array>

#include "conf/core/conf_text.hpp"
#include "conf/core/task_conf.hpp"
#include "scenario/core/nearest.hpp"
#include "scenario/core/source_position.hpp"
#include "twilio/core/phone_address.hpp"

namespace jackfield {
namespace {

constexpr std::string_view kServer = "server";
constexpr std::string_view kLine = "line";
constexpr std::string_view kPerson = "person";
constexpr std::string_view kBlank = " \t";

constexpr NumberSetting kAgents{"agents", nullptr, 0, 8, "N", ""};
constexpr NumberSetting kRoomSize{"room-size", nullptr, 2, conference::kMostSeats, "N", ""};
constexpr NumberSetting kRingTimeout{"ring-timeout", nullptr, 5, 60, "SECONDS", ""};
constexpr NumberSetting kAskTimeout{"ask-timeout", nullptr, 5, 500, "SECONDS", ""};

const std::vector<std::string>& line_keys() {
  static const std::vector<std::string> keys{
      "pipeline", "profile", "numbers",    "max-calls",    "max-call-duration",
      "rooms",    "pins",    "open-rooms", "agents",       "room-size",
      "tasks",    "callers", "people",     "ring-timeout", "ask-timeout"};
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

class Reader {
 public:
  Reader(std::string_view source, std::vector<TextError>& errors)
      : source_(source), errors_(errors), keys_(errors) {}

  Conf read() {
    const std::size_t before = errors_.size();
    for (const ConfSection& section : parse_conf_text(source_, errors_)) read_section(section);
    if (conf_.lines.empty() && conf_.tasks.empty() && errors_.size() == before)
      wrong(source_.size(), "there is no line in this file",
            "a line is a section [line NAME] with pipeline=FILE.gst");
    check_tasks(conf_, keys_);
    for (const LineConf& line : conf_.lines) check_people(line);
    return std::move(conf_);
  }

 private:
  void wrong(std::size_t offset, std::string message, std::string hint = {}) {
    keys_.wrong(offset, std::move(message), std::move(hint));
  }

  void read_section(const ConfSection& section) {
    if (section.name == kServer) return read_server(section);
    const std::size_t space = std::min(section.name.find_first_of(kBlank), section.name.size());
    const std::string first = section.name.substr(0, space);
    const std::size_t rest = section.name.find_first_not_of(kBlank, space);
    const std::string name = rest == std::string::npos ? "" : section.name.substr(rest);
    if (first == kLine) return read_line(section, name);
    if (first == kPerson) return read_one_person(section, name);
    if (first == kTaskSection) return read_task(section, name, keys_, conf_.tasks);
    if (first == kScheduleSection) return read_schedule(section, name, keys_, conf_.schedules);
    std::string hint = "there are [server]";
    std::vector<std::string> kinds{std::string{kServer}};
    for (const std::string_view kind : {kLine, kPerson, kTaskSection, kScheduleSection}) {
      hint += ", [" + std::string{kind} + " NAME]";
      kinds.emplace_back(kind);
    }
    if (const auto near = nearest_names(first, kinds, 1); !near.empty()) {
      const bool named = near.front() != kServer;
      hint = "did you mean '[" + near.front() +
             (named ? " " + (name.empty() ? "NAME" : name) : "") + "]'?";
    }
    wrong(section.offset, "there is no section [" + section.name + "]", hint);
  }

  void read_server(const ConfSection& section) {
    for (const ConfKey& key : section.keys) {
      conf_.server_offsets[key.name] = key.value_offset;
      if (const auto* number = find_setting(kNumberSettings, key.name)) {
        if (const auto value = keys_.number_of(key, *number)) conf_.server.*number->member = *value;
      } else if (const auto* text = find_setting(kTextSettings, key.name)) {
        if (keys_.has_value(key)) conf_.server.*text->member = key.value;
      } else if (const auto* list = find_setting(kListSettings, key.name)) {
        if (keys_.has_value(key)) conf_.server.*list->member = split_conf_list(key.value, " \t,;");
      } else if (const auto* flag = find_setting(kFlagSettings, key.name)) {
        keys_.read_flag(key, conf_.server.*flag->member);
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
    std::vector<std::string> taken;
    for (const LineConf& other : conf_.lines) taken.push_back(other.name);
    keys_.check_name(section, std::string{kLine}, name, taken);
    for (const ConfKey& key : section.keys) read_line_key(key, line);
    check_rooms(line);
    if (!line.offsets.contains("pipeline"))
      wrong(section.offset, "the line '" + name + "' has no pipeline", "write pipeline=FILE.gst");
    conf_.lines.push_back(std::move(line));
  }

  void read_one_person(const ConfSection& section, const std::string& name) {
    std::vector<std::string> taken;
    for (const PersonConf& other : conf_.people) taken.push_back(other.person.name);
    keys_.check_name(section, "person", name, taken);
    conf_.people.push_back(read_person(section, name, keys_));
  }

  void read_people(const ConfKey& key, LineConf& line) {
    for (const std::string& name : split_conf_list(key.value, " \t,;")) {
      if (std::find(line.people.begin(), line.people.end(), name) != line.people.end())
        wrong(key.value_offset, "the person '" + name + "' stands there twice");
      else
        line.people.push_back(name);
    }
  }

  // When all sections are read.
  void check_people(const LineConf& line) {
    std::vector<std::string> names;
    for (const PersonConf& person : conf_.people) names.push_back(person.person.name);
    for (const std::string& name : line.people) {
      if (std::find(names.begin(), names.end(), name) != names.end()) continue;
      std::string hint = did_you_mean(name, names);
      if (hint.empty()) hint = "write a section [person " + name + "]";
      wrong(line.offsets.find("people")->second, "there is no person '" + name + "'", hint);
    }
    for (const char* key : {"ring-timeout", "ask-timeout"}) {
      if (line.people.empty() && line.offsets.contains(key))
        wrong(line.offsets.find(key)->second,
              std::string{"'"} + key + "' is for 'people', and there are none");
    }
  }

  void read_line_key(const ConfKey& key, LineConf& line) {
    line.offsets[key.name] = key.value_offset;
    if (key.name == "pipeline") {
      if (keys_.has_value(key)) line.pipeline = key.value;
    } else if (key.name == "profile") {
      if (keys_.has_value(key)) line.profile = key.value;
    } else if (key.name == "callers") {
      if (keys_.has_value(key)) line.callers = key.value;
    } else if (key.name == "numbers") {
      if (keys_.has_value(key)) read_numbers(key, line);
    } else if (key.name == "max-calls") {
      line.max_calls = keys_.number_of(key, number_setting(key.name));
    } else if (key.name == "max-call-duration") {
      line.max_call_duration = keys_.number_of(key, number_setting(key.name));
    } else if (key.name == "rooms") {
      if (keys_.has_value(key)) read_rooms(key, line);
    } else if (key.name == "pins") {
      if (keys_.has_value(key)) read_pins(key, line);
    } else if (key.name == "open-rooms") {
      keys_.read_flag(key, line.rooms.open_rooms);
    } else if (key.name == "agents") {
      line.agents = keys_.number_of(key, kAgents);
    } else if (key.name == "room-size") {
      line.room_size = keys_.number_of(key, kRoomSize);
    } else if (key.name == "tasks") {
      if (keys_.has_value(key)) line.tasks = split_conf_list(key.value, " \t,;");
    } else if (key.name == "people") {
      if (keys_.has_value(key)) read_people(key, line);
    } else if (key.name == "ring-timeout") {
      line.ring_timeout = keys_.number_of(key, kRingTimeout);
    } else if (key.name == "ask-timeout") {
      line.ask_timeout = keys_.number_of(key, kAskTimeout);
    } else if (!keys_.read_variable(key, line.variables)) {
      unknown(key, "a line", line_keys());
    }
  }

  void read_numbers(const ConfKey& key, LineConf& line) {
    for (const std::string& written : split_conf_list(key.value, ",;")) {
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
    for (const std::string& name : split_conf_list(key.value, " \t,;")) {
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
    for (const std::string& written : split_conf_list(key.value, " \t,;")) {
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

  void unknown(const ConfKey& key, const std::string& where, const std::vector<std::string>& keys) {
    const bool server = where == "[server]";
    std::string hint;
    // Settings that stand in the wrong section.
    const std::vector<std::string> others = server ? line_keys() : server_keys();
    if (std::find(others.begin(), others.end(), key.name) != others.end())
      hint = "it belongs into " + std::string{server ? "a [line NAME]" : "[server]"};
    if (server && is_conf_variable(key.name)) hint = "a variable belongs to a [line NAME]";
    keys_.unknown(key, where, keys, hint, !server);
  }

  const std::string_view source_;
  std::vector<TextError>& errors_;
  ConfKeys keys_;
  Conf conf_;
  std::map<std::string, std::size_t, std::less<>> numbers_;
};

}  // namespace

Conf read_conf(std::string_view source, std::vector<TextError>& errors) {
  return Reader{source, errors}.read();
}

}  // namespace jackfield
