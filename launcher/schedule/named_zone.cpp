#include "schedule/named_zone.hpp"

namespace jackfield::schedule {

std::shared_ptr<const NamedZone> NamedZone::find(const std::string& name) {
  Zone zone{name.empty() ? g_time_zone_new_local() : g_time_zone_new_identifier(name.c_str())};
  if (!zone) return nullptr;
  return std::shared_ptr<const NamedZone>{new NamedZone{std::move(zone)}};
}

Seconds NamedZone::offset_at(Seconds instant) const {
  const gint interval = g_time_zone_find_interval(zone_.get(), G_TIME_TYPE_UNIVERSAL, instant);
  return interval < 0 ? 0 : g_time_zone_get_offset(zone_.get(), interval);
}

std::string NamedZone::name() const { return g_time_zone_get_identifier(zone_.get()); }

}  // namespace jackfield::schedule
