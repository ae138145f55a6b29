"""Closed word lists of English that the resolver relies on."""

HONORIFICS = frozenset(
    """mr mrs ms miss mx dr sir dame lord lady madam prof professor rev reverend father sister""".split()
)

# Titles printed before a name; they are no part of the name.
TITLES = frozenset(
    """president vice-president senator sen representative rep congressman congresswoman governor gov mayor secretary
    minister premier chancellor ambassador general gen colonel col lieutenant lt captain capt sergeant sgt major maj
    admiral adm commander officer detective judge justice chief sheriff attorney king queen prince princess pope
    bishop archbishop cardinal imam rabbi chairman chairwoman chairperson speaker leader director spokesman
    spokeswoman spokesperson councilman councilwoman councillor councilor delegate deputy commissioner coach ceo
    former ex acting then incoming outgoing late senior prime foreign defense interior finance""".split()
)

# Nouns that name what somebody is, before a name or after it.
ROLES = TITLES | frozenset(
    """activist astronomer blogger bricklayer broker carpenter chemist clerk coordinator ecologist actor actress
    adviser advisor advocate aide analyst artist assistant associate author baker banker billionaire biologist
    businessman businesswoman candidate chair chef co-chair co-founder columnist consultant counsel critic curator
    dean dentist developer diplomat doctor driver economist editor engineer entrepreneur envoy epidemiologist
    executive expert farmer fellow firefighter founder geologist guard head historian host hydrologist inspector
    investigator investor journalist lawmaker lawyer lecturer librarian legislator lobbyist manager marshal member
    mogul negotiator neighbor neighbour nominee nurse official organizer organiser owner paramedic partner pastor
    photographer physician pilot planner player police politician postman pollster principal producer prosecutor
    publisher rancher reporter researcher resident scholar scientist shopkeeper sociologist soldier star strategist
    student superintendent surgeon teacher tenant titan trader treasurer trustee undersecretary veteran vice-chair
    victim volunteer voter warden winner witness worker writer""".split()
)
# Words that say which side somebody is on: before a name no part of it; alone and singular, a person.
PARTY_WORDS = frozenset(
    """conservative democrat gop independent liberal libertarian marine progressive republican socialist""".split()
)
SUFFIXES = frozenset("""jr sr ii iii iv phd md esq""".split())

HE = frozenset(["he", "him", "his", "himself"])
SHE = frozenset(["she", "her", "hers", "herself"])
THEY = frozenset(["they", "them", "their", "theirs", "themselves"])
IT = frozenset(["it", "its", "itself"])
FIRST = frozenset("""i me my mine myself we us our ours ourselves""".split())
SECOND = frozenset(["you", "your", "yours", "yourself"])
RELATIVE = frozenset(["who", "whom", "whose", "which", "that"])

MALE_WORDS = frozenset(
    """mr sir lord father man boy son husband brother father king prince congressman chairman spokesman councilman
    businessman""".split()
)
FEMALE_WORDS = frozenset(
    """mrs ms miss dame lady sister woman girl daughter wife queen princess congresswoman chairwoman spokeswoman
    councilwoman businesswoman""".split()
)

# Common first names by the pronoun that usually goes with them.
MALE_NAMES = frozenset(
    """aaron abdul adam adrian ahmad ahmed alan albert alec alejandro alexander alfred alfredo ali allen alvin amir
    andre andrei andrew andy angelo anthony antonio armando arnold arthur arturo asa barack barron barry bart
    ben benjamin bernard bernie bill billy bob bobby boris brad brady brandon brendan brett brian brock bruce
    bryan bryce byron cal calvin cameron carl carlos cecil cesar chad charles chase chester chip chris
    christian christopher chuck clarence clark claude clay clifford clint clive cole colin conor corey cory
    craig curt curtis cyrus dale damian damon dan daniel darrell darren darryl daryl dave david davis dean
    deandre dennis derek dick diego dmitri dominic don donald donovan doug douglas doyle duane duncan dustin
    dwight dylan earl ed eddie edgar eduardo edward edwin efrain eli elijah elliot elon emilio emmanuel enrique
    eric erik ernest ernesto ethan eugene evan felipe felix fernando fidel floyd forrest francis francisco
    frank franklin fred freddie freddy frederic frederick gabriel garrett gary gavin george gerald gerard
    gilbert gilberto giovanni glen glenn gordon graham grant greg gregory grover guillermo gus guy hamid hank
    hans harold harrison harry harvey hassan heath hector henry herbert herman howard hugh hugo hussein ian
    ibrahim igor ira irving isaac isaiah ivan ivo jack jackson jacob jake jamal james jared jarrod jarvis jason
    javier jay jeb jed jeff jeffrey jens jeremiah jeremy jermaine jerome jerry jesse jesus jim jimmy joaquin
    joe joel joey john johnny jon jonah jonathan jorg jorge jose josef joseph josh joshua juan jude jules
    julian justin karim karl keenan keith kendall kenneth kenny kent kevin khaled khalid kirk klaus kurt kyle
    lamar lance larry lars larson lawrence leland leo leon leonard leroy levi lewis liam lincoln lloyd logan
    lonnie lorenzo louis luca lucas luis luke luther lyle mack malcolm manuel marc marcel marco marcus mario
    mark marlon marshall martin marty marvin mason mateo matt matteo matthew maurice mauricio max maxwell mel
    melvin merrick micah michael mick mickey miguel mike mikhail milo milton mitch mitchell mohamad mohamed
    mohammad mohammed monte morris moses muhammad murray myron nathan nathaniel neal ned neil nelson neville
    newt nicholas nick nicolas nigel noah noel norman olaf oliver omar orlando oscar oskar otto owen pablo
    paolo patrick paul pedro percy perry pete peter phil philip pierce pierre quentin quincy rafael ralph
    ramiro ramon rand randall randy raphael rashid raul ray raymond reed reggie reginald reid reince remy rex
    rhett ricardo richard rick riley rob robert roberto rocco rod roderick rodney rodrigo roger roland ron
    ronald rory roscoe ross roy rudolph rudy rupert russ russell rusty ryan salman salvador sam sammy samuel
    santiago saul scott sean sebastian sergei sergio seth seymour shane shawn sheldon sherman sid sidney silas
    simon spencer stan stanley stefan stefano stephen steve steven stewart stuart sylvester tad tariq ted teddy
    terence terrence terry theo theodore thomas tim timothy tobias toby todd tom tommy tony travis trent trevor
    trey truman tucker tyler tyrone ulrich vernon victor vince vincent virgil vlad vladimir wade wallace walt
    walter warren waylon wayne wendell wes wesley wilbur wilfred will william willie wilson winston woody wyatt
    xavier yuri yusuf zac zachary zack zane""".split()
)
FEMALE_NAMES = frozenset(
    """abby abigail ada adele adriana agatha agnes aida aileen aimee aisha alana alexandra alice alicia alison allison
    alma alyssa amal amanda amber amelia amy ana andrea angela angelica angelina angie anika anita anjali ann
    anna anne annie anya aria arlene ashley astrid athena audrey ava barbara beatrice becky bella bernadette
    beth bethany betsy bettina betty beulah beverly birgit blanche bonita bonnie brandi brandy brenda brianna
    bridget bridgette brigitte britney brittany brooke callie camila candace candice cara carey carla carly
    carmen carol carolina caroline carolyn carrie cassandra cassie catherine cathy cecilia celeste celia
    chantal charlene charlotte chelsea cherie cheryl chloe christa christina christine cindy claire clara
    clarissa claudette claudia cleo colleen connie constance cora cordelia corinne crystal cynthia dagmar daisy
    dana daniela danielle daphne darcy darlene dawn debbie deborah debra deidre delia delilah denise desiree
    diana diane dina dinah dixie dolores dominique donna donnatella dora doris dorothea dorothy edith edna
    effie eileen elaina elaine eleanor elena elisa elise elissa eliza elizabeth ella ellen ellie eloise elsa
    elsie elvira emilia emily emma emmanuelle erica erika erin ernestine estelle esther ethel etta eunice eva
    evelyn farah fatima fay faye felicia felicity fern fiona flora florence frances francesca francine frida
    gabriela gabriella gail gemma genevieve georgia georgina geraldine gertrude gina ginger ginny giselle
    gladys glenda gloria grace greer greta gretchen guadalupe gwen gwendolyn hadley hailey haley halle hanna
    hannah harriet hattie hazel heather heidi helen henrietta hilary hilda hildegard hillary hollie holly hope
    huma ida ilana imani imogen ina ines inez ingeborg ingrid irene iris irma isabel isabella isla ivana ivanka
    ivy jacinta jackie jaclyn jacqueline jada jade jana jane janelle janet janette janice janie jasmin jasmine
    jayne jean jeanette jeanne jeannie jenna jennifer jenny jeri jessica jill jo joan joanna jocelyn jodi jody
    johanna jolene josefina josephine josie joyce juanita judith judy julia juliana julianne julie juliet
    juliette justine kara karen karin karla kasey katarina kate katerina katharine katherine kathleen kathryn
    kathy katie katrina kay kayla kelly kellyanne kendra kerri kiersten kim kimberly kirsten kirsti kristen
    kristi kristin kristina krystal lacey lana lara latoya laura laurel lauren laurie layla leah leigh leila
    lena leona leonie leslie letitia libby lila lilian lillian lily linda lisa liv liz liza lizzie lois lola
    lorena loretta lorna lorraine lottie louise lucia lucille lucy luisa lupita luz lydia lynda lynette lynn
    lynne mabel madeleine madison mae maeve maggie malia mallory mamie mandy mara marcella marcia margaret
    margo marguerite maria mariam mariana maribel marie marilyn marina marion marisa marissa marjorie marlene
    marsha marta martha mary maryanne matilda maud maureen maxine maya meera meg megan meghan melania melanie
    melissa mercedes meredith mia michelle mila mildred millie mina mindy minnie mira miranda miriam moira
    mollie molly mona monica muriel myra myrtle nadia nadine nan nancy nannette naomi natalie natasha nell
    nellie neva nichole nicola nicole nicolette nikki nina noelle noor nora norma nuria octavia odette olga
    olivia opal ophelia paige pam pamela patricia pattie patty paula pauline peggy penelope penny petra phoebe
    phyllis piper polly portia priya rachael rachel ramona raquel rebecca regina reina renee rhoda rhonda rita
    roberta robyn rochelle ronda rosa rosalie rosalind rosanna rose rosemary rosetta rosie roxanne ruby ruth
    sabine sabrina sadie sallie sally salma samantha samira sandra sandy sara sarah savannah selena selma
    serena shari sharon sharron shauna shawna sheila shelby shelly sherri sherry shirin shirley sienna sierra
    sigrid simone siobhan sofia solange sonia sonja sophia stacey staci stacy stefanie stella stephanie sue
    suki susan susana susie suzanne suzette svetlana sybil sylvia tabitha tamar tamara tammy tania tanya tara
    tatiana teresa terri tess tessa thelma theresa tia tiffany tina tonya tori tracey tracy tricia trina trudy
    uma ursula valentina valerie vanessa vanna velma vera verna veronica veronika vicki vickie vicky victoria
    viola violet virginia vivian vivienne wanda wendi wendy whitney wilhelmina wilma winifred winnie yasmin
    yesenia yoko yolanda yvette yvonne zelda zephyr zoe zoey""".split()
)

# Head nouns of sources that are bodies, and of the documents and words that somebody else stands behind.
BODIES = frozenset(
    """administration agency airline builder city county country nation retailer state supplier town alliance army
    assembly association authority bank board bureau cabinet campaign center centre chamber charity church club
    coalition college commission committee company conference congress consortium corporation council court
    department district embassy federation firm force foundation fund government group hospital house institute
    institution institution jury league legislature magazine maker military ministry museum navy network newspaper
    office operator organization organisation outlet paper parliament party police programme program project
    publication publisher regulator school senate service site society station team think-tank tribunal trust union
    university utility watchdog website white-house""".split()
)
DOCUMENTS = frozenset(
    """account ad advertisement affidavit article assessment audit bill book claim column comment comments complaint
    data document documents editorial email emails essay estimate excerpt excerpts figure figures filing findings
    footage headline indictment interview law lawsuit letter line list memo message messages minutes motto news note
    opinion order page petition piece plan platform poll polls post posts prediction proposal release remark remarks
    report reports research resolution review ruling rules script sign slogan speech statement statements statistics
    story studies study suit summary survey surveys talk talks testimony text transcript tweet tweets verdict video
    website words work analysis average brief commentary documentary eyes face film finding forecast guidance head
    inquiry investigation movie presentation probe slide slides song submission tally tone voice""".split()
)
# Nouns for one person that are no job.
KIN = frozenset(
    """boy brother child colleague counterpart daughter father friend girl hopeful husband insider kid mother opponent
    parent rival sister son wife""".split()
)
FAMILY = frozenset(
    """estate family father heirs husband mother parents relatives son daughter brother sister widow
    widower wife""".split()
)
PLURAL_PEOPLE = frozenset(
    """people police men women children some many others both few most several all any each two three four five six
    seven eight nine ten dozens hundreds thousands millions half majority minority staff public youth media press
    folks clergy percent""".split()
)
NOT_PLURAL = frozenset(
    """boss press congress class business process witness hostess princess actress politics news basis campus""".split()
)
QUANTITIES = frozenset(
    """number group dozens scores hundreds thousands tens millions most many some several half quarter third majority
    all any each percent lot chorus""".split()
)

# Words that end the names of bodies, and words that are no part of a name though a sentence capitalises them.
BODY_WORDS = BODIES | frozenset(
    """airlines brothers capital co corp energy group health holdings inc industries lines ltd media motors news
    partners post rovers sons systems times united""".split()
)
FUNCTION_WORDS = frozenset(
    """a about after again all also although an and another any as asked at because before both but by despite during
    each even every few first for former from he her here his how however i if in instead is it its last later like
    many more most my neither no none not now of on once one only or other our over she since so some still such
    than that the their then there these they this those though three to two under unlike until was we were what
    when where which while who why with within without yet you monday tuesday wednesday thursday friday saturday sunday
    january february march april may june july august september october november december""".split()
)

# Verbs and nouns of saying and of opinion, by their lemma or, where that is irregular, by every form.
REPORTING = frozenset(
    """accuse acknowledge admit advise affirm agree allege announce apologise apologize appeal argue ask assert assure
    attack back bemoan blame boast call caution challenge cite claim comment complain concede concern condemn
    confess confirm congratulate criticise criticism criticize cry decry defend demand denounce deny describe detail
    disagree dismiss disown dispute doubt emphasise emphasize endorse envisage expect explain fear forecast foresee
    hail highlight hint hit hope insist joke lament lash laud mock mourn mull note object oppose outline plead
    pledge praise predict press proclaim promise propose protest query quip quote rap rate rebuff rebuke rebut
    recall reject remark renounce repeat reply report respond reveal rubbish rule said saw say see seek shun slam
    slate snub speak spoke state stress suggest support swear swore tell tells think thought threat threaten told
    tout urge view voice vow want warn warning welcome wish wonder worry write wrote""".split()
)
