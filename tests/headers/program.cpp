// The program that a precompiled header has to belong to.
int main() { return 0; }
