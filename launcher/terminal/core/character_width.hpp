// How many columns of a terminal a character takes. Pure; any thread.
#pragma once

namespace jackfield {

// 0 for what is drawn over the character before it, 2 for East Asian letters and most emoji, else
// 1. For printable characters only.
unsigned character_columns(char32_t c);

}  // namespace jackfield
