// Processes that were started and have not ended. When the program ends they are asked to, and two
// seconds later made to: a server that does not heed the end of its input would stay for ever.
// (Where the program is killed, Linux asks them: process_group_posix.cpp.) Any thread.
#pragma once

#include <gio/gio.h>

#include <condition_variable>
#include <mutex>
#include <set>

namespace agentbrain::tools {

class RunningProcesses {
 public:
  // Lives until the process ends.
  static RunningProcesses& instance();

  void add(GSubprocess* process);
  void remove(GSubprocess* process);

  RunningProcesses(const RunningProcesses&) = delete;
  RunningProcesses& operator=(const RunningProcesses&) = delete;

 private:
  RunningProcesses();
  void end_all();

  std::mutex lock_;
  std::condition_variable removed_;
  std::set<GSubprocess*> processes_;
};

}  // namespace agentbrain::tools
