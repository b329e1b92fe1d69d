#include "people/local_hours.hpp"

namespace jackfield::people {

TimeZonePtr time_zone_of(const std::string& name) {
  if (name.empty()) return TimeZonePtr{g_time_zone_new_local()};
  return TimeZonePtr{g_time_zone_new_identifier(name.c_str())};
}

bool is_within_hours(const Person& person, gint64 now) {
  if (!person.hours) return true;
  const TimeZonePtr zone = time_zone_of(person.time_zone);
  if (!zone) return false;
  using DateTimePtr = std::unique_ptr<GDateTime, gstpp::FreeWith<g_date_time_unref>>;
  const DateTimePtr utc{g_date_time_new_from_unix_utc(now)};
  const DateTimePtr local{g_date_time_to_timezone(utc.get(), zone.get())};
  return local && person.hours->contains(
                      g_date_time_get_day_of_week(local.get()),
                      g_date_time_get_hour(local.get()) * 60 + g_date_time_get_minute(local.get()));
}

}  // namespace jackfield::people
