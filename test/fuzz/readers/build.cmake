# Configures the build with sanitizers unless it is there, and compiles the attacks
# on readers. Its compiler is that of Debian's package clang-22.
if(NOT EXISTS "${CMAKE_CURRENT_BINARY_DIR}/build/fuzzers/build.ninja")
  execute_process(COMMAND "${CMAKE_COMMAND}" --preset fuzz
    COMMAND_ERROR_IS_FATAL ANY)
endif()
execute_process(COMMAND "${CMAKE_COMMAND}" --build --preset fuzz --target fuzz-readers -j 2
  COMMAND_ERROR_IS_FATAL ANY)
