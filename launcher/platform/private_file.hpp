#pragma once

#include <string>

namespace jackfield {

// Why others than its owner may read or change the file, and what to do about it; "" when they may
// not, or where the platform has no such rights (Windows: folders of a user are private).
std::string why_not_private(const std::string& path);

}  // namespace jackfield
