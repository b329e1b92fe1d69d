// The lines of a server with the sessions of their calls, and how they are reached, for the
// terminal.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cli/lines.hpp"
#include "cli/run_options.hpp"
#include "conf/core/server_settings.hpp"
#include "conference/conference_line.hpp"
#include "control/scenario_catalog.hpp"
#include "control/session_directory.hpp"
#include "scenario/session_manager.hpp"

namespace jackfield::cli {

struct ServedLine {
  const Line& line;
  LineSessionRegistry registry;
  // The sessions of those who call.
  std::optional<SessionManager> phone, browser;
  // Rooms and agents are no calls and take nobody's place.
  LocalSessionRegistry besides;
  std::unique_ptr<conference::ConferenceLine> conference;

  ServedLine(const Line& served, const ServerSettings& settings, SessionRegistry& all);
  bool by_telephone() const { return phone.has_value(); }
  bool from_browsers() const { return browser.has_value(); }

  // What the sessions of a line are, each with the kind and the file that its records name.
  struct Sessions {
    SessionManager* sessions;
    std::string kind, scenario;
    bool calls;  // of those who call
  };
  std::vector<Sessions> sessions();
};
using ServedLines = std::vector<std::unique_ptr<ServedLine>>;

// The directory of the line's callers, "" for none.
std::string directory_of(const Line& line, const ServerSettings& settings);

// As the control API knows it.
LineView view_of(const Line& line, const ServerSettings& settings);

// Where the console is, for the terminal. `base`: "http://127.0.0.1:8080".
void print_console(const std::string& base, bool exposed, bool need_token);

// `addresses` tells how a line is reached, "" for those that are not to be listed.
void print_lines(const ServedLines& lines,
                 const std::function<std::string(const ServedLine&)>& address);

// The scenarios beside those of the lines, and beside `conf_folder` unless that is "".
ScenarioCatalog::Config scenarios_beside(const std::vector<const Line*>& lines,
                                         const RunOptions& options,
                                         const std::string& conf_folder = {});

}  // namespace jackfield::cli
