from simulator.selftest.server import main

main()
