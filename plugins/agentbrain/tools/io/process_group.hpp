// A started process and all that it starts: servers of tools are often started by a launcher
// (npx, uvx) that does not hand signals on.
#pragma once

#include <gio/gio.h>

namespace agentbrain::tools {

// Before the process is spawned, in a thread that lives until the program ends: on Linux the
// process is asked to end when that thread does, however it comes about.
void own_process_group(GSubprocessLauncher* launcher);
// Asks the whole group to end.
void terminate_group(GSubprocess* process);
// Ends it.
void kill_group(GSubprocess* process);

}  // namespace agentbrain::tools
