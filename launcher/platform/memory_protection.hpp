#pragma once

namespace jackfield {

// What is in memory stays there: no core dumps, and other programs of the same user can neither
// attach to the process nor read its memory, its environment or its descriptors. (Administrators
// can.) Debuggers neither: for them there is `jackfield run --allow-core-dumps`.
void keep_memory_private();

}  // namespace jackfield
