// Whom an output hears, as text: "all", "all -sink_1 -sink_2", "sink_1 sink_2", "none". Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ducking {

struct Route {
  bool all = true;                 // but for `names`; else nobody but them
  std::vector<std::string> names;  // of sink pads, which need not exist yet

  bool hears(std::string_view name) const;
  std::string text() const;
  bool operator==(const Route&) const = default;
};

// nullopt and a reason when the text is none. "" is "none".
std::optional<Route> parse_route(std::string_view text, std::string& error);

}  // namespace ducking
