#include "process_group.hpp"

namespace agentbrain::tools {

void own_process_group(GSubprocessLauncher*) {}

// There is no asking; what it started ends when its input does.
void terminate_group(GSubprocess* process) { g_subprocess_force_exit(process); }

void kill_group(GSubprocess* process) { g_subprocess_force_exit(process); }

}  // namespace agentbrain::tools
