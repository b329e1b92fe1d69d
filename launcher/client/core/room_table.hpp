// Rooms and who sits there, as a table. Pure.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "client/core/api_values.hpp"
#include "terminal/core/styled_row.hpp"

namespace jackfield::client {

// Titles, and a row for each seat; one for a room in which nobody sits. Of ids `id_length` digits.
// `local_time`: of an ISO 8601 time, as it is to be shown.
std::vector<StyledRow> room_table(const std::vector<Room>& rooms, std::size_t id_length,
                                  std::size_t columns,
                                  const std::function<std::string(const std::string&)>& local_time);

}  // namespace jackfield::client
