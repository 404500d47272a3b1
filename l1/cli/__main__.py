from l1.cli.main import main

main()
