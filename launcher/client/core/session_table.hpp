// Calls as a table. Pure.
#pragma once

#include <string>
#include <vector>

#include "client/core/api_values.hpp"
#include "terminal/core/styled_row.hpp"

namespace jackfield::client {

struct SessionTableRow {
  Session session;
  std::string started;  // as it is to be shown; "" when no row tells it
};

// Titles, and a row for each; of ids `id_length` digits. With `kUnlimitedColumns` nothing is left
// out or shortened.
std::vector<StyledRow> session_table(const std::vector<SessionTableRow>& rows,
                                     std::size_t id_length, std::size_t columns);

// A state in its colour: what failed is red.
Span state_span(const Session& session);

}  // namespace jackfield::client
