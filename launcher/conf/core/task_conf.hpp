// The sections [task NAME] and [schedule NAME] of jackfield.conf. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "conf/core/conf.hpp"

namespace jackfield {

inline constexpr std::string_view kTaskSection = "task";
inline constexpr std::string_view kScheduleSection = "schedule";

// Mistakes are told; what was read is added.
void read_task(const ConfSection& section, const std::string& name, ConfKeys& keys,
               std::vector<TaskConf>& into);
void read_schedule(const ConfSection& section, const std::string& name, ConfKeys& keys,
                   std::vector<ScheduleConf>& into);
// After all sections are read: what refers to tasks refers to some that are there, and there is a
// goal for each that is started by a schedule.
void check_tasks(const Conf& conf, ConfKeys& keys);

}  // namespace jackfield
