// What the options say about calls from browsers: who may call, and how media finds its way.
#pragma once

#include <optional>
#include <vector>

#include "cli/call_secrets.hpp"
#include "cli/lines.hpp"
#include "cli/run_options.hpp"
#include "serve/browser_lines.hpp"

namespace jackfield::cli {

// nullopt after saying what is wrong. `lines`: all there are, for the longest call.
std::optional<BrowserLines::Config> browser_settings(const RunOptions& options,
                                                     const std::vector<Line>& lines,
                                                     const ListenAddress& listen,
                                                     const CallSecrets& secrets);

}  // namespace jackfield::cli
