// The subcommands of `jackfield`, one file each. A command adds its options and a callback to
// `app`; the callback runs once the command line is parsed, on the main thread, and leaves the
// process's exit code (exit_codes.hpp) in `exit_code`, which outlives the parse. GStreamer is not
// initialised yet when it is called.
#pragma once

namespace CLI {
class App;
}

namespace jackfield::cli {

void add_rooms(CLI::App& app, int& exit_code);
void add_answer(CLI::App& app, int& exit_code);
void add_questions(CLI::App& app, int& exit_code);
void add_run(CLI::App& app, int& exit_code);
void add_callers(CLI::App& app, int& exit_code);
void add_call(CLI::App& app, int& exit_code);
void add_check(CLI::App& app, int& exit_code);
void add_devices(CLI::App& app, int& exit_code);
void add_doctor(CLI::App& app, int& exit_code);
void add_hangup(CLI::App& app, int& exit_code);
void add_init(CLI::App& app, int& exit_code);
void add_ps(CLI::App& app, int& exit_code);
void add_simulate(CLI::App& app, int& exit_code);
// task, tasks and schedule.
void add_tasks(CLI::App& app, int& exit_code);
void add_tail(CLI::App& app, int& exit_code);
void add_token(CLI::App& app, int& exit_code);
void add_top(CLI::App& app, int& exit_code);

}  // namespace jackfield::cli
