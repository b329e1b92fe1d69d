// What `jackfield` returns to the shell; docs/running.md lists the same.
#pragma once

namespace jackfield::cli {

inline constexpr int kExitOk = 0;
// The work was started and failed: a pipeline ended with an error, a file did not pass the check.
inline constexpr int kExitFailed = 1;
// The command line or a file named on it is wrong: nothing was started.
inline constexpr int kExitUsage = 2;
// Nothing is wrong with the command, but the machine refused: port taken, folder not writable.
inline constexpr int kExitUnavailable = 3;

}  // namespace jackfield::cli
