#include "conf/core/person_section.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <utility>

#include "twilio/core/phone_address.hpp"

namespace jackfield {
namespace {

const std::array<std::string, 5> kKeys{"phone", "description", "language", "hours", "time-zone"};
constexpr std::size_t kLongestDescription = 500;  // bytes
constexpr std::size_t kLongestLanguage = 16;

// "de", "de-CH"
bool is_language(const std::string& text) {
  return text.size() >= 2 && text.size() <= kLongestLanguage &&
         std::isalpha(static_cast<unsigned char>(text[0])) &&
         std::isalpha(static_cast<unsigned char>(text[1])) &&
         (text.size() == 2 || text[2] == '-') &&
         std::all_of(text.begin(), text.end(),
                     [](unsigned char c) { return (c < 0x80 && std::isalnum(c)) || c == '-'; });
}

// The number without what makes it readable; "" when it is none that can be called from anywhere.
std::string phone_of(std::string text) {
  std::erase_if(
      text, [](char c) { return std::string_view{" -().\t/"}.find(c) != std::string_view::npos; });
  return text.starts_with('+') && twilio::phone_address(text) ? text : "";
}

}  // namespace

PersonConf read_person(const ConfSection& section, const std::string& name, ConfKeys& keys) {
  PersonConf conf;
  people::Person& person = conf.person;
  person.name = name;
  conf.offsets[""] = section.offset;
  for (const ConfKey& key : section.keys) {
    const auto wrong = [&](std::string message, std::string hint) {
      keys.wrong(key.value_offset, std::move(message), std::move(hint));
    };
    conf.offsets[key.name] = key.value_offset;
    if (std::find(kKeys.begin(), kKeys.end(), key.name) == kKeys.end()) {
      keys.unknown(key, "a person", {kKeys.begin(), kKeys.end()}, "", false);
    } else if (!keys.has_value(key)) {
      continue;
    } else if (key.name == "phone") {
      person.phone = phone_of(key.value);
      if (person.phone.empty())
        wrong("'" + key.value + "' is no telephone number of a person",
              "it begins with + and the country: +15552223333");
    } else if (key.name == "description") {
      person.description = key.value;
      if (key.value.size() > kLongestDescription)
        wrong("this description is too long",
              "at most " + std::to_string(kLongestDescription) + " bytes");
    } else if (key.name == "language") {
      person.language = key.value;
      if (!is_language(key.value))
        wrong("'" + key.value + "' is no language", "it looks like de or de-CH");
    } else if (key.name == "hours") {
      auto read = people::WeeklyHours::parse(key.value);
      if (auto* hours = std::get_if<people::WeeklyHours>(&read))
        person.hours = std::move(*hours);
      else
        wrong("these are no hours: " + std::get<std::string>(read),
              "they look like mon-fri 09:00-17:00, sat 10:00-12:00");
    } else {
      person.time_zone = key.value;
    }
  }
  if (!person.time_zone.empty() && !conf.offsets.contains("hours"))
    keys.wrong(conf.offsets["time-zone"], "'time-zone' is for 'hours', and there are none",
               "write hours=mon-fri 09:00-17:00, or take it away");
  return conf;
}

}  // namespace jackfield
