#include "cli/local_time.hpp"

#include <glib.h>

#include <memory>

#include "plugins/common/gstpp.hpp"

namespace jackfield::cli {

std::string local_time(const std::string& iso) {
  using DateTimePtr = std::unique_ptr<GDateTime, gstpp::FreeWith<g_date_time_unref>>;
  const DateTimePtr given{g_date_time_new_from_iso8601(iso.c_str(), nullptr)};
  if (!given) return iso;
  const DateTimePtr local{g_date_time_to_local(given.get())};
  const DateTimePtr now{g_date_time_new_now_local()};
  if (!local || !now) return iso;
  const bool today =
      g_date_time_get_day_of_year(local.get()) == g_date_time_get_day_of_year(now.get()) &&
      g_date_time_get_year(local.get()) == g_date_time_get_year(now.get());
  const gstpp::CharPtr text{g_date_time_format(local.get(), today ? "%H:%M:%S" : "%Y-%m-%d %H:%M")};
  return text ? text.get() : iso;
}

}  // namespace jackfield::cli
