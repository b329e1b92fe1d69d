#ifdef __linux__
#include <sys/prctl.h>
#endif
#include <sys/types.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>

#include "process_group.hpp"

namespace agentbrain::tools {
namespace {

void signal_group(GSubprocess* process, int number) {
  // Unset once the process was waited for; its number may be somebody else's by then.
  const char* text = g_subprocess_get_identifier(process);
  const pid_t leader = text ? static_cast<pid_t>(std::strtol(text, nullptr, 10)) : 0;
  if (leader > 1) kill(-leader, number);
}

}  // namespace

void own_process_group(GSubprocessLauncher* launcher) {
  g_subprocess_launcher_set_child_setup(
      launcher,
      [](gpointer) {
        setpgid(0, 0);
#ifdef __linux__
        prctl(PR_SET_PDEATHSIG, SIGTERM);
#endif
      },
      nullptr, nullptr);
}

void terminate_group(GSubprocess* process) { signal_group(process, SIGTERM); }

void kill_group(GSubprocess* process) { signal_group(process, SIGKILL); }

}  // namespace agentbrain::tools
