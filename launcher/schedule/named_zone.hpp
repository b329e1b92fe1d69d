// A time zone of the system's database.
#pragma once

#include <glib.h>

#include <memory>
#include <string>

#include "plugins/common/gstpp.hpp"
#include "schedule/core/time_zone.hpp"

namespace jackfield::schedule {

class NamedZone final : public TimeZone {
 public:
  // "Europe/Berlin"; "": that of the machine. nullptr when there is none of this name.
  static std::shared_ptr<const NamedZone> find(const std::string& name);

  Seconds offset_at(Seconds instant) const override;
  // "Europe/Berlin", as far as it is known of the machine's.
  std::string name() const;

 private:
  using Zone = std::unique_ptr<GTimeZone, gstpp::FreeWith<g_time_zone_unref>>;
  explicit NamedZone(Zone zone) : zone_(std::move(zone)) {}

  Zone zone_;
};

}  // namespace jackfield::schedule
