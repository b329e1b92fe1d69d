// Hours of people by the clock of where they are. Any thread.
#pragma once

#include <glib.h>

#include <memory>
#include <string>

#include "people/core/person.hpp"
#include "plugins/common/gstpp.hpp"

namespace jackfield::people {

using TimeZonePtr = std::unique_ptr<GTimeZone, gstpp::FreeWith<g_time_zone_unref>>;

// Of a name such as "Europe/Zurich"; "": the machine's. null when there is none of this name.
TimeZonePtr time_zone_of(const std::string& name);

// Is this one of the person's hours? Somebody without hours can always be called. Unix time, s.
bool is_within_hours(const Person& person, gint64 now);

}  // namespace jackfield::people
