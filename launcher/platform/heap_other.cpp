#include "platform/heap.hpp"

namespace jackfield {

void bound_heaps() {}

void shrink_heaps() {}

}  // namespace jackfield
