#include "control/core/room_change.hpp"

#include <algorithm>

#include "control/core/api_path.hpp"
#include "control/core/voice_gain.hpp"
#include "scenario/core/nearest.hpp"

namespace jackfield {
namespace {

using conference::Hears;
using conference::SeatChange;
using Kind = JsonValue::Kind;

constexpr char kAllBut[] = "all-but";
constexpr char kOnly[] = "only";
constexpr char kForms[] = R"('hears' is "all", {"all-but":[ids]} or {"only":[ids]})";

// `error` may be set when there is none.
std::optional<Hears> read_hears(const JsonValue& value, std::string& error) {
  error = kForms;
  if (value.is(Kind::kString)) return value.string == "all" ? std::optional{Hears{}} : std::nullopt;
  if (!value.is(Kind::kObject) || value.members.size() != 1) return std::nullopt;
  const JsonMember& form = value.members.front();
  if (form.key != kAllBut && form.key != kOnly) {
    if (const std::string near = did_you_mean(form.key, {kAllBut, kOnly}); !near.empty())
      error += "; " + near;
    return std::nullopt;
  }
  if (!form.value.is(Kind::kArray)) return std::nullopt;
  const auto& items = form.value.items;
  if (items.size() > kMostHeard) {
    error = "'hears' names at most " + std::to_string(kMostHeard) + " sessions";
    return std::nullopt;
  }
  Hears hears{.all = form.key == kAllBut};
  for (const JsonValue& item : items) {
    if (!item.is(Kind::kString) || !is_api_name(item.string)) return std::nullopt;
    if (std::find(hears.sessions.begin(), hears.sessions.end(), item.string) ==
        hears.sessions.end())
      hears.sessions.push_back(item.string);
  }
  return hears;
}

}  // namespace

std::optional<SeatChange> read_seat_change(const JsonValue& body, std::string& error) {
  SeatChange change;
  if (const JsonValue* mute = body.find("mute")) change.mute = mute->boolean;
  if (const JsonValue* gain = body.find("gain")) {
    if (!(gain->number >= VoiceGain::kLeast && gain->number <= VoiceGain::kMost)) {
      error = "a gain is from -60 to 20 dB";
      return std::nullopt;
    }
    change.gain_db = gain->number;
  }
  if (const JsonValue* hears = body.find("hears")) {
    change.hears = read_hears(*hears, error);
    if (!change.hears) return std::nullopt;
  }
  if (!change.mute && !change.gain_db && !change.hears) {
    error = "nothing is to be done: give 'mute', 'gain' or 'hears'";
    return std::nullopt;
  }
  error.clear();
  return change;
}

}  // namespace jackfield
